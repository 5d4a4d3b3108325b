// An ESLint rule of this project: `!` only for numbers read from arrays by index, where a check would cost time and read badly.
import ts from 'typescript';

/** @type {import('eslint').Rule.RuleModule} */
export const nonNullNumbers = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      other:
        'Expected a number read from an array before `!`. Use must() of src/system/must.ts, or a more precise type.',
    },
  },
  create(context) {
    const services = context.sourceCode.parserServices;
    return {
      TSNonNullExpression(node) {
        const { expression } = node;
        const isElement = expression.type === 'MemberExpression' && expression.computed;
        if (!isElement || !isNumber(services.getTypeAtLocation(expression))) {
          context.report({ node, messageId: 'other' });
        }
      },
    };
  },
};

function isNumber(type) {
  const parts = type.isUnion() ? type.types : [type];
  return parts.every(({ flags }) => (flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.Undefined)) !== 0);
}
