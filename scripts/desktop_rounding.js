// SPDX-License-Identifier: Apache-2.0
// The second half of desktop_rounding.sh, which explains it:
//   node desktop_rounding.js WASM_DIR OCTET_RUN INPUTS SEED MODEL...
'use strict';
const {execFileSync} = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const kRoundings = ['float32_half_even', 'single', 'tflite'];

// Marsaglia's xorshift32, seeded with the name too, so that a model's inputs are always the same.
function randomGenerator(seed, name) {
  let state = seed;
  for (const c of Buffer.from(name)) state = Math.imul(state ^ c, 16777619) >>> 0;
  state = state || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>>= 0);
  };
}

// Some files name dimension 3 for the scales of a bias, which has only dimension 0: TensorFlow Lite
// refuses them, tflite-micro and octet do not read it. Sets it to 0; returns how often.
function repairDimensions(bytes) {
  const at = (table, field) => {
    const vtable = table - bytes.readInt32LE(table);
    const offset = 4 + 2 * field < bytes.readUInt16LE(vtable) ? bytes.readUInt16LE(vtable + 4 + 2 * field) : 0;
    return offset === 0 ? 0 : table + offset;
  };
  const follow = (position) => position === 0 ? 0 : position + bytes.readUInt32LE(position);
  const elements = (position) => {
    const vector = follow(position);
    return Array.from({length: vector === 0 ? 0 : bytes.readUInt32LE(vector)}, (_, i) => vector + 4 + 4 * i);
  };
  let repaired = 0;
  for (const subgraph of elements(at(bytes.readUInt32LE(0), 2)).map(follow)) {
    for (const tensor of elements(at(subgraph, 0)).map(follow)) {
      const quantization = follow(at(tensor, 4));
      const dimension = quantization === 0 ? 0 : at(quantization, 6);
      if (dimension === 0 || elements(at(tensor, 0)).length !== 1 || bytes.readInt32LE(dimension) === 0) continue;
      bytes.writeInt32LE(0, dimension);
      ++repaired;
    }
  }
  return repaired;
}

// TensorFlow Lite with its XNNPACK delegate, as it runs in browsers.
function loadModel(tflite, file) {
  const bytes = fs.readFileSync(file);
  const repaired = repairDimensions(bytes);
  const address = tflite._malloc(bytes.length);
  tflite.HEAPU8.set(bytes, address);
  const options = {numThreads: 1, enableProfiling: false, maxProfilingBufferEntries: 1};
  const result = tflite.TFLiteWebModelRunner.CreateFromBufferAndOptions(address, bytes.length, options);
  if (!result.ok()) throw new Error(`${file}: ${result.errorMessage()}`);
  return {model: result.value(), repaired};
}

function tensors(list) {
  const all = [];
  for (let i = 0; i < list.size(); ++i) all.push(list.get(i));
  return all;
}

function bytesOf(tensor) {
  const data = tensor.data();  // a view of wasm's memory, which moves when it grows
  if (!/^u?int(8|16|32)$/.test(tensor.dataType)) throw new Error(`${tensor.name} is ${tensor.dataType}`);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

// The inputs that lie beside the model as input_*.bin, then random ones.
function makeInputs(file, sizes, count, random) {
  const inputs = [];
  if (sizes.length === 1) {
    const folder = path.dirname(file);
    for (const name of fs.readdirSync(folder).sort()) {
      if (!/^input_.*\.bin$/.test(name)) continue;
      const given = fs.readFileSync(path.join(folder, name));
      if (given.length === sizes[0]) inputs.push([given]);
    }
  }
  for (let i = 0; i < count; ++i) {
    inputs.push(sizes.map((size) => Buffer.from(Array.from({length: size}, () => random() >>> 24))));
  }
  return inputs;
}

function runOctet(octetRun, model, rounding, inputFiles, outputFiles) {
  execFileSync(octetRun, [model, '--rounding', rounding, '--input', ...inputFiles, '--output', ...outputFiles]);
  return outputFiles.map((file) => fs.readFileSync(file));
}

// How many bytes differ, and by how many steps of the output's type at most.
function compare(outputs, expected, types, difference) {
  outputs.forEach((output, i) => {
    if (output.length !== expected[i].length) throw new Error('an output has another size');
    for (let k = 0; k < output.length; ++k) difference.bytes += output[k] !== expected[i][k];
    const size = Number(/\d+/.exec(types[i])[0]) / 8;
    const read = types[i].startsWith('u') ? 'readUIntLE' : 'readIntLE';
    for (let k = 0; k < output.length; k += size) {
      const steps = Math.abs(output[read](k, size) - expected[i][read](k, size));
      difference.steps = Math.max(difference.steps, steps);
    }
  });
}

function checkModel(tflite, octetRun, file, count, seed, work) {
  const name = path.basename(file, '.tflite');
  const {model, repaired} = loadModel(tflite, file);
  const sizes = tensors(model.GetInputs()).map((tensor) => bytesOf(tensor).length);
  const types = tensors(model.GetOutputs()).map((tensor) => tensor.dataType);
  const inputFiles = sizes.map((_, i) => path.join(work, `input_${i}.bin`));
  const outputFiles = types.map((_, i) => path.join(work, `output_${i}.bin`));
  const inputs = makeInputs(file, sizes, count, randomGenerator(seed, name));
  const differences = Object.fromEntries(kRoundings.map((rounding) => [rounding, {bytes: 0, steps: 0}]));
  let bytes = 0;
  for (const input of inputs) {
    tensors(model.GetInputs()).forEach((tensor, i) => bytesOf(tensor).set(input[i]));
    if (!model.Infer()) throw new Error(`${file} does not run`);
    const expected = tensors(model.GetOutputs()).map((tensor) => Buffer.from(bytesOf(tensor)));
    bytes += expected.reduce((sum, output) => sum + output.length, 0);
    input.forEach((data, i) => fs.writeFileSync(inputFiles[i], data));
    for (const rounding of kRoundings) {
      const outputs = runOctet(octetRun, file, rounding, inputFiles, outputFiles);
      compare(outputs, expected, types, differences[rounding]);
    }
  }
  const columns = kRoundings.map((rounding) => differences[rounding].bytes).concat(differences.tflite.steps);
  console.log(`| ${name}${repaired === 0 ? '' : ' *'} | ${inputs.length} | ${bytes} | ${columns.join(' | ')} |`);
  return {bytes, differ: differences.float32_half_even.bytes, repaired};
}

async function main() {
  const [wasm, octetRun, count, seed, ...models] = process.argv.slice(2);
  const tflite = await require(path.resolve(wasm, 'tflite_web_api_cc_simd.js'))({
    wasmBinary: fs.readFileSync(path.join(wasm, 'tflite_web_api_cc_simd.wasm')),
    print: () => {},
    printErr: () => {},
  });
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'desktop_rounding.'));
  try {
    console.log('| model | inputs | output bytes | differ with `float32_half_even` | `single` | `tflite` | by steps, at most |');
    console.log('|---|---:|---:|---:|---:|---:|---:|');
    const results =
      models.map((model) => checkModel(tflite, octetRun, model, Number(count), Number(seed), work));
    const differ = results.reduce((sum, result) => sum + result.differ, 0);
    if (results.some((result) => result.repaired)) {
      console.log('\n\\* TensorFlow Lite refuses the file until its biases name dimension 0 for their scales.');
    }
    const bytes = results.reduce((sum, result) => sum + result.bytes, 0);
    console.log(`\n${differ} of ${bytes} bytes differ with \`float32_half_even\`, seed ${seed}`);
    process.exitCode = differ === 0 ? 0 : 1;
  } finally {
    fs.rmSync(work, {recursive: true});
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
