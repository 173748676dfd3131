import type { Attribute, Graph, Node, Tensor, ValueInfo } from './model.ts';

/**
 * Reads of an ONNX file what running it takes (onnx.proto in github.com/onnx/onnx). `model.ts` reads and writes all of it, by
 * code that protobufjs makes at run time: Workers allow none, and nothing that only speaks has to load it.
 *
 * Weights are views of `bytes`. @throws RangeError when they are no ONNX model
 */
export function readModel({ buffer, byteOffset, byteLength }: Uint8Array): { readonly graph: Graph } {
  const parts = fieldsOf(new Uint8Array(buffer, byteOffset, byteLength)); // Node's Buffer copies nothing when it is sliced
  const [graph] = bytesIn(parts, 7);
  const read = graph && readGraph(graph);
  if (!read?.node.length) throw new RangeError('not an ONNX model: it has no graph');
  return { graph: read };
}

function readGraph(bytes: Uint8Array): Graph {
  const fields = fieldsOf(bytes);
  return {
    node: bytesIn(fields, 1).map(readNode),
    initializer: bytesIn(fields, 5).map(readTensor),
    input: bytesIn(fields, 11).map(readValue),
    output: bytesIn(fields, 12).map(readValue),
  };
}

function readNode(bytes: Uint8Array): Node {
  const fields = fieldsOf(bytes);
  return {
    input: bytesIn(fields, 1).map(text),
    output: bytesIn(fields, 2).map(text),
    name: textIn(fields, 3),
    opType: textIn(fields, 4),
    attribute: bytesIn(fields, 5).map(readAttribute),
  };
}

function readAttribute(bytes: Uint8Array): Attribute {
  const fields = fieldsOf(bytes);
  const [tensor] = bytesIn(fields, 5);
  const [s] = bytesIn(fields, 4);
  return {
    name: textIn(fields, 1),
    f: new Float32Array(Uint32Array.from(numbersIn(fields, 2)).buffer)[0] ?? 0,
    i: numbersIn(fields, 3)[0] ?? 0,
    ...(s && { s }),
    ...(tensor && { t: readTensor(tensor.slice()) }), // small, and its node may outlive the weights
    ints: numbersIn(fields, 8),
    type: numbersIn(fields, 20)[0] ?? 0,
  };
}

function readTensor(bytes: Uint8Array): Tensor {
  const fields = fieldsOf(bytes);
  const [rawData] = bytesIn(fields, 9);
  const floats = bytesIn(fields, 4).flatMap((packed) => [...new Float32Array(packed.slice().buffer)]);
  return {
    name: textIn(fields, 8),
    dims: numbersIn(fields, 1),
    dataType: numbersIn(fields, 2)[0] ?? 0,
    ...(rawData && { rawData }),
    ...(floats.length > 0 && { floatData: floats }),
  };
}

/** The shape of a tensor type: a size that is not known is absent. */
function readValue(bytes: Uint8Array): ValueInfo {
  const fields = fieldsOf(bytes);
  const tensor = fieldsOf(bytesIn(fieldsOf(bytesIn(fields, 2)[0]), 1)[0]);
  const shape = bytesIn(tensor, 2)[0];
  const dim = bytesIn(fieldsOf(shape), 1).map((each) => {
    const [dimValue] = numbersIn(fieldsOf(each), 1);
    return dimValue === undefined ? {} : { dimValue };
  });
  const type = { tensorType: { elemType: numbersIn(tensor, 1)[0] ?? 0, shape: { dim } } };
  return { name: textIn(fields, 1), type } as ValueInfo;
}

interface Field {
  readonly id: number;
  readonly value: number | Uint8Array;
}

function bytesIn(fields: readonly Field[], id: number): Uint8Array[] {
  return fields.flatMap(({ id: each, value }) => (each === id && typeof value !== 'number' ? [value] : []));
}

/** Packed or one by one. */
function numbersIn(fields: readonly Field[], id: number): number[] {
  return fields.flatMap(({ id: each, value }) => {
    if (each !== id) return [];
    return typeof value === 'number' ? [value] : [...varintsOf(value)];
  });
}

function textIn(fields: readonly Field[], id: number): string {
  const [bytes] = bytesIn(fields, id);
  return bytes ? text(bytes) : '';
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** protobuf.dev, encoding: varints, and what is of fixed or given length. */
function fieldsOf(bytes: Uint8Array = new Uint8Array()): Field[] {
  const fields: Field[] = [];
  const reader = new Reader(bytes);
  while (reader.hasMore) {
    const tag = reader.varint();
    const [id, wire] = [Math.floor(tag / 8), tag % 8];
    if (wire === 0) fields.push({ id, value: reader.varint() });
    else if (wire === 1) reader.take(8);
    else if (wire === 2) fields.push({ id, value: reader.take(reader.varint()) });
    else if (wire === 5) fields.push({ id, value: reader.fixed32() });
    else throw new RangeError('not an ONNX model: it is no protocol buffer');
  }
  return fields;
}

function* varintsOf(bytes: Uint8Array): Generator<number, void, void> {
  const reader = new Reader(bytes);
  while (reader.hasMore) yield reader.varint();
}

const MOST_BYTES = 10;
/** Of seven bits each, in which a number is exact. */
const EXACT_BYTES = 7;

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get hasMore(): boolean {
    return this.#at < this.#bytes.length;
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw new RangeError('not an ONNX model: it breaks off');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new RangeError('not an ONNX model: it breaks off');
    this.#at += 1;
    return byte;
  }

  fixed32(): number {
    const { buffer, byteOffset } = this.take(4);
    return new DataView(buffer, byteOffset).getUint32(0, true);
  }

  /** An int64, as far as a number is exact. */
  varint(): number {
    let low = 0;
    for (let index = 0; index < EXACT_BYTES; index++) {
      const byte = this.#byte();
      low += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return low;
    }
    let value = BigInt(low);
    for (let index = EXACT_BYTES; index < MOST_BYTES; index++) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
    throw new RangeError('not an ONNX model: a number is too long');
  }
}
