// Runs a model: node run.mjs MODEL < {"inputs": {NAME: {"type", "dims", "data"}}}, prints {OUTPUT: [numbers]}.
import { readFileSync } from "node:fs";
import { InferenceSession, Tensor, env } from "onnxruntime-node";

env.logLevel = "error";
const session = await InferenceSession.create(process.argv[2]);
const { inputs } = JSON.parse(readFileSync(0, "utf8"));
const feeds = {};
for (const [name, { type, dims, data }] of Object.entries(inputs)) {
  feeds[name] = new Tensor(type, type === "int64" ? BigInt64Array.from(data, BigInt) : Float32Array.from(data), dims);
}
const outputs = await session.run(feeds);
const shapes = Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, tensor.dims]));
const numbers = Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, Array.from(tensor.data)]));
console.log(JSON.stringify({ inputs: session.inputNames, shapes, numbers }));
