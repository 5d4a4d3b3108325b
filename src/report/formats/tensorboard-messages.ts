// The protobuf messages that TensorBoard reads, as far as a study needs them.
// Field numbers: event.proto, summary.proto, tensor.proto, plugins/hparams/{api,plugin_data}.proto, struct.proto.
import protobuf from 'protobufjs/light.js';

const field = (id: number, type: string) => ({ id, type });
const list = (id: number, type: string) => ({ id, type, rule: 'repeated' });

const root = protobuf.Root.fromJSON({
  nested: {
    Event: {
      fields: {
        wallTime: field(1, 'double'),
        step: field(2, 'int64'),
        fileVersion: field(3, 'string'),
        summary: field(5, 'Summary'),
      },
    },
    Summary: { fields: { value: list(1, 'SummaryValue') } },
    SummaryValue: {
      fields: {
        tag: field(1, 'string'),
        simpleValue: { ...field(2, 'float'), options: { proto3_optional: true } },
        tensor: field(8, 'Tensor'),
        metadata: field(9, 'SummaryMetadata'),
      },
    },
    SummaryMetadata: { fields: { pluginData: field(1, 'PluginData') } },
    PluginData: { fields: { pluginName: field(1, 'string'), content: field(2, 'bytes') } },
    Tensor: { fields: { dtype: field(1, 'int32'), tensorShape: field(2, 'Shape'), floatVal: list(5, 'float') } },
    Shape: { fields: { dim: list(2, 'Dimension') } },
    Dimension: { fields: { size: field(1, 'int64') } },
    HParamsPluginData: {
      fields: {
        version: field(1, 'int32'),
        experiment: field(2, 'Experiment'),
        sessionStartInfo: field(3, 'SessionStartInfo'),
        sessionEndInfo: field(4, 'SessionEndInfo'),
      },
    },
    Experiment: {
      fields: {
        description: field(1, 'string'),
        timeCreatedSecs: field(3, 'double'),
        hparamInfos: list(4, 'HParamInfo'),
        metricInfos: list(5, 'MetricInfo'),
        name: field(6, 'string'),
      },
    },
    HParamInfo: {
      fields: {
        name: field(1, 'string'),
        type: field(4, 'int32'),
        domainDiscrete: field(5, 'ListValue'),
        domainInterval: field(6, 'Interval'),
      },
    },
    MetricInfo: { fields: { name: field(1, 'MetricName'), displayName: field(3, 'string') } },
    MetricName: { fields: { group: field(1, 'string'), tag: field(2, 'string') } },
    Interval: { fields: { minValue: field(1, 'double'), maxValue: field(2, 'double') } },
    SessionStartInfo: {
      fields: {
        hparams: list(1, 'HparamsEntry'),
        groupName: field(4, 'string'),
        startTimeSecs: field(5, 'double'),
      },
    },
    // A map on the wire is a list of entries.
    HparamsEntry: { fields: { key: field(1, 'string'), value: field(2, 'Value') } },
    SessionEndInfo: { fields: { status: field(1, 'int32'), endTimeSecs: field(2, 'double') } },
    Value: {
      oneofs: { kind: { oneof: ['numberValue', 'stringValue', 'boolValue'] } },
      fields: { numberValue: field(2, 'double'), stringValue: field(3, 'string'), boolValue: field(4, 'bool') },
    },
    ListValue: { fields: { values: list(1, 'Value') } },
  },
});

/** The bytes of a message; `message` has the fields of its type in camel case. */
export function encodeMessage(type: 'Event' | 'HParamsPluginData', message: Record<string, unknown>): Uint8Array {
  const known = root.lookupType(type);
  return known.encode(known.fromObject(message)).finish();
}
