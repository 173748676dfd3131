/** Fields of onnx.proto (github.com/onnx/onnx) on the way from a model to the element type of one of its outputs. */
const GRAPH_OF_MODEL = 7;
const OUTPUT_OF_GRAPH = 12;
const NAME_OF_VALUE = 1;
const TYPE_OF_VALUE = 2;
const TENSOR_OF_TYPE = 1;
const ELEMENT_OF_TENSOR = 1;
/** TensorProto.DataType */
const float32 = 1;

/** Lengths up to here take one byte. */
const MAX_FIELD = 127;

/**
 * `model`, an ONNX file, with its inner float32 tensor `name` among its outputs. Nothing of it is decoded: where a message
 * holds another one twice, whoever reads it merges the two (protobuf.dev, encoding: "Last One Wins"), so a second graph with
 * nothing but an output is written behind the first.
 *
 * @throws RangeError for a name of more than about 100 bytes
 */
export function addOutput(model: Uint8Array, name: string): Uint8Array {
  const type = field(TENSOR_OF_TYPE, [ELEMENT_OF_TENSOR << 3, float32]);
  const value = [...field(NAME_OF_VALUE, new TextEncoder().encode(name)), ...field(TYPE_OF_VALUE, type)];
  const more = field(GRAPH_OF_MODEL, field(OUTPUT_OF_GRAPH, value));
  const both = new Uint8Array(model.length + more.length);
  both.set(model);
  both.set(more, model.length);
  return both;
}

/** A field that holds bytes: wire type 2. */
function field(number: number, content: ArrayLike<number>): number[] {
  if (content.length > MAX_FIELD) throw new RangeError('The name of the output is too long.');
  return [(number << 3) | 2, content.length, ...Array.from(content)];
}
