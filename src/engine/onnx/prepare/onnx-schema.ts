import protobuf from 'protobufjs/light.js';

type Field = readonly [id: number, type: string, ...flags: ('repeated' | 'packed')[]];
type Fields = Readonly<Record<string, Field>>;

const int64 = 'int64';
const string = 'string';
const bytes = 'bytes';

/**
 * The messages of ONNX IR 1 to 13 (onnx.proto in github.com/onnx/onnx), all fields, so that decoding and encoding
 * drops nothing. Enums are int32 here: an unknown value must survive.
 */
const messages: Readonly<Record<string, Fields>> = {
  Attribute: {
    name: [1, string],
    refAttrName: [21, string],
    docString: [13, string],
    type: [20, 'int32'],
    f: [2, 'float'],
    i: [3, int64],
    s: [4, bytes],
    t: [5, 'Tensor'],
    g: [6, 'Graph'],
    sparseTensor: [22, 'SparseTensor'],
    tp: [14, 'Type'],
    floats: [7, 'float', 'repeated'],
    ints: [8, int64, 'repeated'],
    strings: [9, bytes, 'repeated'],
    tensors: [10, 'Tensor', 'repeated'],
    graphs: [11, 'Graph', 'repeated'],
    sparseTensors: [23, 'SparseTensor', 'repeated'],
    typeProtos: [15, 'Type', 'repeated'],
  },
  ValueInfo: {
    name: [1, string],
    type: [2, 'Type'],
    docString: [3, string],
    metadataProps: [4, 'Entry', 'repeated'],
  },
  Node: {
    input: [1, string, 'repeated'],
    output: [2, string, 'repeated'],
    name: [3, string],
    opType: [4, string],
    attribute: [5, 'Attribute', 'repeated'],
    docString: [6, string],
    domain: [7, string],
    overload: [8, string],
    metadataProps: [9, 'Entry', 'repeated'],
    deviceConfigurations: [10, 'NodeDevice', 'repeated'],
  },
  IntIntListEntry: { key: [1, int64], value: [2, int64, 'repeated'] },
  NodeDevice: {
    configurationId: [1, string],
    shardingSpec: [2, 'Sharding', 'repeated'],
    pipelineStage: [3, 'int32'],
  },
  Sharding: {
    tensorName: [1, string],
    device: [2, int64, 'repeated'],
    indexToDeviceGroupMap: [3, 'IntIntListEntry', 'repeated'],
    shardedDim: [4, 'ShardedDim', 'repeated'],
  },
  ShardedDim: { axis: [1, int64], simpleSharding: [2, 'SimpleShardedDim', 'repeated'] },
  SimpleShardedDim: { dimValue: [1, int64], dimParam: [2, string], numShards: [3, int64] },
  TrainingInfo: {
    initialization: [1, 'Graph'],
    algorithm: [2, 'Graph'],
    initializationBinding: [3, 'Entry', 'repeated'],
    updateBinding: [4, 'Entry', 'repeated'],
  },
  Model: {
    irVersion: [1, int64],
    producerName: [2, string],
    producerVersion: [3, string],
    domain: [4, string],
    modelVersion: [5, int64],
    docString: [6, string],
    graph: [7, 'Graph'],
    opsetImport: [8, 'OperatorSetId', 'repeated'],
    metadataProps: [14, 'Entry', 'repeated'],
    trainingInfo: [20, 'TrainingInfo', 'repeated'],
    functions: [25, 'Function', 'repeated'],
    configuration: [26, 'Device', 'repeated'],
  },
  Device: { name: [1, string], numDevices: [2, 'int32'], device: [3, string, 'repeated'] },
  Entry: { key: [1, string], value: [2, string] },
  TensorAnnotation: { tensorName: [1, string], quantParameterTensorNames: [2, 'Entry', 'repeated'] },
  Graph: {
    node: [1, 'Node', 'repeated'],
    name: [2, string],
    initializer: [5, 'Tensor', 'repeated'],
    docString: [10, string],
    input: [11, 'ValueInfo', 'repeated'],
    output: [12, 'ValueInfo', 'repeated'],
    valueInfo: [13, 'ValueInfo', 'repeated'],
    quantizationAnnotation: [14, 'TensorAnnotation', 'repeated'],
    sparseInitializer: [15, 'SparseTensor', 'repeated'],
    metadataProps: [16, 'Entry', 'repeated'],
  },
  Tensor: {
    dims: [1, int64, 'repeated'],
    dataType: [2, 'int32'],
    segment: [3, 'Segment'],
    floatData: [4, 'float', 'repeated', 'packed'],
    int32Data: [5, 'int32', 'repeated', 'packed'],
    stringData: [6, bytes, 'repeated'],
    int64Data: [7, int64, 'repeated', 'packed'],
    name: [8, string],
    rawData: [9, bytes],
    doubleData: [10, 'double', 'repeated', 'packed'],
    uint64Data: [11, 'uint64', 'repeated', 'packed'],
    docString: [12, string],
    externalData: [13, 'Entry', 'repeated'],
    dataLocation: [14, 'int32'],
    metadataProps: [16, 'Entry', 'repeated'],
  },
  Segment: { begin: [1, int64], end: [2, int64] },
  SparseTensor: { values: [1, 'Tensor'], indices: [2, 'Tensor'], dims: [3, int64, 'repeated'] },
  TensorShape: { dim: [1, 'Dimension', 'repeated'] },
  Dimension: { dimValue: [1, int64], dimParam: [2, string], denotation: [3, string] },
  Type: {
    tensorType: [1, 'TensorType'],
    sequenceType: [4, 'ElementType'],
    mapType: [5, 'MapType'],
    denotation: [6, string],
    opaqueType: [7, 'OpaqueType'],
    sparseTensorType: [8, 'TensorType'],
    optionalType: [9, 'ElementType'],
  },
  TensorType: { elemType: [1, 'int32'], shape: [2, 'TensorShape'] },
  ElementType: { elemType: [1, 'Type'] },
  MapType: { keyType: [1, 'int32'], valueType: [2, 'Type'] },
  OpaqueType: { domain: [1, string], name: [2, string] },
  OperatorSetId: { domain: [1, string], version: [2, int64] },
  Function: {
    name: [1, string],
    input: [4, string, 'repeated'],
    output: [5, string, 'repeated'],
    attribute: [6, string, 'repeated'],
    node: [7, 'Node', 'repeated'],
    docString: [8, string],
    opsetImport: [9, 'OperatorSetId', 'repeated'],
    domain: [10, string],
    attributeProto: [11, 'Attribute', 'repeated'],
    valueInfo: [12, 'ValueInfo', 'repeated'],
    overload: [13, string],
    metadataProps: [14, 'Entry', 'repeated'],
  },
};

function describeField([id, type, ...flags]: Field): protobuf.IField {
  const options = { packed: flags.includes('packed') };
  return flags.includes('repeated') ? { id, type, rule: 'repeated', options } : { id, type };
}

function describeMessage(fields: Fields): protobuf.IType {
  return {
    fields: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, describeField(field)])),
  };
}

const nested = Object.fromEntries(
  Object.entries(messages).map(([name, fields]) => [name, describeMessage(fields)]),
);

/** Reads and writes `ModelProto`. */
export const modelType: protobuf.Type = protobuf.Root.fromJSON({ nested }).lookupType('Model');
