/**
 * The JavaScript peers and Pyodide on one page. `measure` measures in turns, as peers.py does.
 * Points, labels and initial weights come from Python, so all engines do the same work.
 */
const RATE = 0.5;
const L2 = 1e-4;

/** @param {{points: number[][], labels: number[], layers: any[]}} data */
const makeTfjs = async ({ points, labels, layers }) => {
  await tf.setBackend("cpu");
  const x = tf.tensor2d(points);
  const y = tf.tensor2d(labels.map((label) => [label]));
  const parameters = layers.map(([w, b]) => [
    tf.variable(tf.tensor2d(w).transpose()),
    tf.variable(tf.tensor1d(b)),
  ]);
  const optimizer = tf.train.sgd(RATE);
  const loss = () => {
    let h = x;
    parameters.forEach(([w, b], k) => {
      h = h.matMul(w).add(b);
      if (k < parameters.length - 1) h = h.relu();
    });
    const hinge = tf.scalar(1).sub(y.mul(h)).relu().mean();
    const squares = parameters.flat().map((p) => p.square().sum());
    return hinge.add(tf.addN(squares).mul(L2));
  };
  return {
    name: "tfjs 4.22, cpu",
    n: 20,
    run(n) {
      let last;
      for (let k = 0; k < n; k++) {
        last?.dispose();
        last = tf.tidy(() => optimizer.minimize(loss, true));
      }
      const value = last.dataSync()[0];
      last.dispose();
      return value;
    },
  };
};

/** ConvNetJS has the hinge loss of an SVM with two classes. One update per 100 points. */
const makeConvNet = ({ points, labels }) => {
  const net = new convnetjs.Net();
  net.makeLayers([
    { type: "input", out_sx: 1, out_sy: 1, out_depth: 2 },
    { type: "fc", num_neurons: 16, activation: "relu" },
    { type: "fc", num_neurons: 16, activation: "relu" },
    { type: "svm", num_classes: 2 },
  ]);
  const trainer = new convnetjs.SGDTrainer(net, {
    learning_rate: RATE,
    momentum: 0,
    batch_size: points.length,
    l2_decay: L2,
  });
  const rows = points.map((point) => new convnetjs.Vol(point));
  const classes = labels.map((label) => (label > 0 ? 1 : 0));
  return {
    name: "ConvNetJS",
    n: 20,
    run(n) {
      let loss = 0;
      for (let k = 0; k < n; k++) {
        loss = 0;
        rows.forEach((row, i) => (loss += trainer.train(row, classes[i]).cost_loss));
      }
      return loss / rows.length;
    },
  };
};

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

/**
 * Start Pyodide with peers.py and epochs.py; return the seconds to compile the step, first and median.
 * @param {[string, object]} call the address of Pyodide, and its options
 */
window.prepare = async ([module, options]) => {
  const { loadPyodide } = await import(module);
  const python = await loadPyodide(options);
  for (const file of ["peers.py", "epochs.py"]) {
    python.FS.writeFile(file, await (await fetch(file)).text());
  }
  python.runPython("from peers import *");
  window.python = python;
  return python.runPython(`
from time import perf_counter
_times = []
for _ in range(5):
    _start = perf_counter()
    _model = Compiled()
    _model.trainer.fit(1)
    _times.append(perf_counter() - _start)
_times[0], statistics.median(_times)
`).toJs();
};

/** Return the median milliseconds per step of each engine, and its losses. */
window.measure = async (rounds) => {
  const { python } = window;
  const data = python
    .runPython(`
_points, _labels = STANDARD.data()
dict(points=_points, labels=_labels, layers=initial_layers(STANDARD))`)
    .toJs({ dict_converter: Object.fromEntries });
  const peers = [await makeTfjs(data), makeConvNet(data)];
  for (const kind of ["Micrograd", "Interpreted", "Compiled"]) {
    const contender = python.runPython(`${kind}()`);
    peers.push({ name: contender.name, n: contender.n_steps, run: (n) => contender.run(n) });
  }
  const times = peers.map(() => []);
  const losses = peers.map(() => []);
  for (let k = 0; k <= rounds; k++) {
    peers.forEach((peer, i) => {
      python.runPython("gc.collect()");
      const start = performance.now();
      losses[i].push(peer.run(peer.n));
      if (k) times[i].push((performance.now() - start) / peer.n);
    });
  }
  return Object.fromEntries(
    peers.map((peer, i) => [peer.name, { ms: median(times[i]), losses: losses[i] }]),
  );
};

/** Return what `measure_size` measures, in turns with loops and without. */
window.measureSizes = (hidden, rounds) => {
  const results = { rolled: [], unrolled: [] };
  for (let k = 0; k < rounds; k++) {
    for (const [name, flag] of [["rolled", "True"], ["unrolled", "False"]]) {
      const call = `measure_size((${hidden.join(", ")},), is_rolled=${flag})`;
      const result = window.python.runPython(call);
      results[name].push(result.toJs({ dict_converter: Object.fromEntries }));
    }
  }
  return results;
};

/** Return what `measure_epochs` measures. */
window.measureEpochs = (rounds) => {
  const result = window.python.runPython(`import epochs; epochs.measure_epochs(${rounds})`);
  return result.toJs({ dict_converter: Object.fromEntries });
};

window.isReady = true;
