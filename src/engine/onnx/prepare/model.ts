import { modelType } from './onnx-schema.ts';

/** What protobufjs makes of an int64: it keeps all 64 bits. Plain numbers are accepted when encoding. */
export type Int64 = number | { toNumber(): number };

export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: Int64;
  readonly s?: Uint8Array;
  readonly ints?: readonly Int64[];
  readonly t?: Tensor | null;
  readonly g?: Graph | null;
  readonly graphs?: readonly Graph[];
}

export interface Node {
  readonly opType: string;
  readonly name?: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute?: readonly Attribute[];
}

export interface Tensor {
  readonly name: string;
  readonly dims: readonly Int64[];
  readonly dataType: number;
  readonly rawData?: Uint8Array;
  readonly floatData?: readonly number[];
}

export interface ValueInfo {
  readonly name: string;
}

/** Fields that preparing does not look at are carried along by object spread. */
export interface Graph {
  readonly name?: string;
  readonly node: readonly Node[];
  readonly initializer: readonly Tensor[];
  readonly input: readonly ValueInfo[];
  readonly output: readonly ValueInfo[];
  readonly valueInfo?: readonly ValueInfo[];
}

export interface Model {
  readonly irVersion?: Int64;
  readonly opsetImport: readonly { readonly domain?: string; readonly version: Int64 }[];
  readonly graph: Graph;
}

/** TensorProto.DataType of onnx.proto. */
export const dataType = { float: 1, int8: 3 } as const;
/** AttributeProto.AttributeType of onnx.proto. */
const INT_ATTRIBUTE = 2;

export function toNumber(value: Int64): number {
  return typeof value === 'number' ? value : value.toNumber();
}

/** Weights stay views of `bytes`; throws when they are not an ONNX model. */
export function decodeModel(bytes: Uint8Array): Model {
  const model = modelType.decode(bytes) as unknown as Model;
  if (!model.graph?.node?.length) throw new Error('not an ONNX model: it has no graph');
  return model;
}

export function encodeModel(model: Model): Uint8Array {
  return modelType.encode(model as unknown as Record<string, unknown>).finish();
}

export function node(
  opType: string,
  name: string,
  input: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number>> = {},
): Node {
  const attribute = Object.entries(attributes).map(([key, i]) => ({ name: key, type: INT_ATTRIBUTE, i }));
  return { opType, name, input, output: [output], attribute };
}

/** The version of the standard operators that the model uses. */
export function opset(model: Model): number {
  const standard = model.opsetImport.find((entry) => !entry.domain || entry.domain === 'ai.onnx');
  return standard ? toNumber(standard.version) : 0;
}

/** Names that a node reads, those read from the outer graph by its subgraphs (If, Loop) among them. */
export function reads(of: Node): string[] {
  return [...of.input.filter((name) => name !== ''), ...subgraphs(of).flatMap(readsOfGraph)];
}

function subgraphs(of: Node): Graph[] {
  return (of.attribute ?? []).flatMap((attribute) => [
    ...(attribute.g ? [attribute.g] : []),
    ...(attribute.graphs ?? []),
  ]);
}

function readsOfGraph(graph: Graph): string[] {
  const own = new Set(graph.node.flatMap((inner) => inner.output));
  for (const value of [...graph.initializer, ...graph.input]) own.add(value.name);
  const wanted = [...graph.node.flatMap(reads), ...graph.output.map((output) => output.name)];
  return wanted.filter((name) => !own.has(name));
}
