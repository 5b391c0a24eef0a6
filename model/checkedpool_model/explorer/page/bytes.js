// Reads a graph out of the letters that it lies in: base64, deflated, a head in JSON, then columns of numbers.

const KINDS = { B: Uint8Array, H: Uint16Array, I: Uint32Array };

export async function unpacked(letters) {
  const deflated = Uint8Array.from(atob(letters.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = await new Response(stream).arrayBuffer();
  const length = new DataView(bytes).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  const columns = {};
  for (const [name, [kind, offset, count]] of Object.entries(head.columns)) {
    columns[name] = new KINDS[kind](bytes, 4 + length + offset, count);
  }
  return { head, columns };
}
