// Templates with placeholders.
import { describe, expect, it } from 'vitest';
import { fillTemplate, placeholdersOf, templateParts } from '../../../src/study/command/template.js';

describe('a template', () => {
  const values = new Map([
    ['lr', '0.1'],
    ['a b.c', 'x'],
  ]);

  it.each([
    ['--lr={lr}', '--lr=0.1'],
    ['{lr}{lr}', '0.10.1'],
    ['{a b.c}', 'x'],
    ['{{lr}}', '{lr}'],
    ['{{{lr}}}', '{0.1}'],
    ['', ''],
    ['$(rm -rf /); `ls`', '$(rm -rf /); `ls`'],
  ])('%j becomes %j', (template, text) => {
    expect(fillTemplate(template, values)).toBe(text);
  });

  it('has no text where a value is missing', () => {
    expect(fillTemplate('{lr} {momentum}', values)).toBeUndefined();
  });

  it.each(['{', 'a}', '{lr', '{a{lr}'])('%j has a brace without a partner', (template) => {
    expect(templateParts(template)).toBeUndefined();
  });

  it('names its placeholders in order', () => {
    expect(placeholdersOf('{b} {{x}} {a}')).toEqual(['b', 'a']);
  });
});
