// The guard: what was decided is remembered, and is the answer to every repetition.
import fs from 'node:fs';

export const [DO, UNDO, DONE, REJECTED, FENCED, RETRY] = [0, 1, 1, 2, 3, 5]; // As in the .proto.
// Rows of a key and a value in a file. What one message changes is one line of it, synced once.
export class Store {
  constructor(file) {
    const text = fs.readFileSync(file, { encoding: 'utf8', flag: 'a+' });
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    this.rows = new Map(whole.split('\n').slice(0, -1).flatMap((line) => JSON.parse(line)));
    this.changed = new Map();
    this.file = fs.openSync(file, 'a');
    fs.ftruncateSync(this.file, Buffer.byteLength(whole)); // A line cut short never happened.
  }
  get(key) { return this.changed.has(key) ? this.changed.get(key) : this.rows.get(key); }
  commit() {
    if (this.changed.size === 0) return;
    fs.writeSync(this.file, JSON.stringify([...this.changed]) + '\n');
    fs.fdatasyncSync(this.file);
    for (const [key, value] of this.changed) this.rows.set(key, value);
    this.changed.clear();
  }
}

// Decide one call inside a message: by what is remembered, or by the handler's work.
export function decide(store, handlers, call) {
  const [id, step] = [call.operationId, call.operationId.replace(/\/[^/]*$/, '')];
  const done = store.get(`${step}/done`); // The answer of the do that has an effect, if any.
  const known = store.get(id) || (call.direction === UNDO ? undefined : done);
  const remember = (answer) => (store.changed.set(id, answer), answer);
  const work = (kind) => {
    const handler = handlers[call.operation]?.[kind];
    const before = new Map(store.changed);
    let answer = { verdict: RETRY, code: 'unknown_operation' };
    try { answer = handler ? handler(call, store) : answer; } catch { answer.code = 'failed'; }
    if (answer.verdict !== DONE) store.changed = before; // A refusal takes its work back.
    if (answer.verdict === DONE && kind === 'do') store.changed.set(`${step}/done`, answer);
    return [DONE, kind === 'do' && REJECTED].includes(answer.verdict) ? remember(answer) : answer;
  };
  if (known && (known.verdict !== FENCED || call.direction === DO)) return known;
  if (call.direction === DO) return store.get(`${step}/undo`) ? { verdict: FENCED } : work('do');
  if (call.direction === UNDO) return done ? work('undo') : remember({ verdict: DONE });
  return remember({ verdict: FENCED }) && { verdict: REJECTED, code: 'fenced' }; // A fence.
}
