// Where a model's pre-trained weights come from and under which licence, in a sentence for its card.
import { cachedModel } from '../../backbones/download/hub/hub-cache.js';
import { isHubName, parseHubName } from '../../backbones/download/hub/hub-name.js';
import { type BackboneConfiguration, backboneName, weightsFor } from '../../study/schema/backbone-schema.js';
import type { Backbone } from '../../backbones/backbone.js';

/** hpo knows licences as their sources state them; of other files it knows none. */
export function weightsLicence(configuration: BackboneConfiguration, backbone: Pick<Backbone, 'pretrained'>): string {
  const name = backboneName(configuration) ?? '';
  const weights = weightsFor(configuration, name);
  if (weights === 'random') return 'It was trained from random weights, so no other licence applies to its weights.';
  const hub = [name, weights].find((text) => text !== undefined && isHubName(text));
  if (hub !== undefined) {
    const licence = cachedModel(parseHubName(hub))?.source.licence;
    return `It began with the weights of ${hub}. Their licence: ${licence ?? 'not stated, see the page of the model'}.`;
  }
  if (weights !== undefined)
    return `It began with the weights of ${weights}. hpo does not know their licence: see where they come from.`;
  const { pretrained } = backbone;
  switch (pretrained?.kind) {
    case 'npm':
      return `It began with the weights of the npm package ${pretrained.package} ${pretrained.version}. Their licence: ${pretrained.licence}.`;
    case 'download':
      return `It began with the weights at ${pretrained.url}. hpo does not know their licence: see where they come from.`;
    case 'embedded':
      return 'It began with weights of hpo itself, under the licence of hpo.';
    case undefined:
      return 'hpo does not know where its first weights come from.';
  }
}
