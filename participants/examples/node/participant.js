// The wire: asks the server for work, and sends each result until it is acknowledged.
import net from 'node:net';
import protobuf from 'protobufjs';
import { decide } from './guard.js';

const proto = process.env.SAGA_PROTO || new URL('../../../proto', import.meta.url).pathname;
const root = new protobuf.Root();
root.resolvePath = (origin, file) => `${proto}/${file}`;
root.loadSync('saga/v1/exchange.proto');
const [Request, Reply] = ['Request', 'Reply'].map((name) => root.lookupType(`saga.v1.${name}`));
const [POLLS, SLOTS, RESULTS_MAX, MESSAGE_MAX, RESEND_MS] = [2, 32, 200, 4 << 20, 2000];
const doubled = (ms, times, most) => Math.min(ms * 2 ** times, most) * (0.8 + 0.4 * Math.random());

export class Participant {
  constructor({ name, url, secret, store, handlers }) {
    const worker = 1 + Math.floor(Math.random() * 2 ** 48);
    this.poll = { participant: name, worker, credential: secret };
    this.results = new Map(); // By token, until they are acknowledged.
    Object.assign(this, { url, store, handlers, requests: 0, failures: 0, quietUntil: 0 });
    this.connect();
    setInterval(() => this.ask(), 250);
  }
  connect() {
    const [, host, port] = /^tcp:\/\/(.*):(\d+)$/.exec(this.url) || [];
    const socket = net.connect(host ? { host, port } : { path: this.url.slice('ipc://'.length) });
    const prefix = host ? 0 : 1; // Over ipc a byte 01 comes before the length.
    Object.assign(this, { socket, prefix, out: 0, greeted: false, bytes: Buffer.alloc(0) });
    for (const kept of this.results.values()) kept.sentAt = -Infinity;
    socket.setTimeout(15000, () => socket.destroy());
    socket.on('connect', () => socket.write(Buffer.from('0053500000300000', 'hex')));
    socket.on('data', (data) => this.take(data)).on('error', () => {}); // Then it closes.
    socket.on('close', () => setTimeout(() => this.connect(), doubled(100, this.failures++, 5000)));
  }
  take(data) {
    this.bytes = Buffer.concat([this.bytes, data]);
    if (!this.greeted && this.bytes.length >= 8) {
      if (this.bytes.toString('hex', 0, 8) !== '0053500000310000') return this.socket.destroy();
      [this.greeted, this.bytes] = [true, this.bytes.subarray(8)];
    }
    while (this.greeted && this.bytes.length >= this.prefix + 8) {
      const size = this.bytes.readBigUInt64BE(this.prefix);
      if (size < 4 || size > MESSAGE_MAX) return this.socket.destroy();
      const end = this.prefix + 8 + Number(size);
      if (this.bytes.length < end) break;
      this.answered(this.bytes.subarray(this.prefix + 12, end)); // To which poll does not matter.
      this.bytes = this.bytes.subarray(end);
    }
    this.ask();
  }
  answered(body) {
    let reply = {};
    try { reply = Reply.decode(body); } catch { /* As if refused: wait, and ask again. */ }
    this.out--;
    if (reply.work) return this.work(reply.work);
    const { code = 'nonsense', afterMs = 0 } = reply.refused || {};
    console.error(`the server's answer: ${code}`);
    this.quietUntil = performance.now() + Math.max(afterMs, doubled(1000, this.failures++, 30000));
  }
  work({ calls, acknowledged }) {
    this.failures = 0;
    for (const token of acknowledged) this.results.delete(token.toString('hex'));
    const answers = calls.map((call) => decide(this.store, this.handlers, call));
    this.store.commit(); // Only now may they be heard of.
    calls.forEach(({ operationId, token, attempt }, i) => {
      const output = Buffer.from(answers[i].output || '');
      const result = { ...answers[i], operationId, token, attempt, output };
      this.results.set(token.toString('hex'), { result, sentAt: -Infinity });
    });
  }
  ask() { // Results do not wait for a poll to come back: they may go with one more.
    const now = performance.now();
    while (this.greeted && !this.socket.destroyed && now >= this.quietUntil) {
      const isDue = (kept) => now - kept.sentAt > RESEND_MS;
      const due = [...this.results.values()].filter(isDue).slice(0, RESULTS_MAX);
      if (this.out >= (due.length > 0 ? 2 * POLLS : POLLS)) return;
      for (const kept of due) kept.sentAt = now;
      const [slots, results] = [this.out++ < POLLS ? SLOTS : 0, due.map((kept) => kept.result)];
      const body = Request.encode({ poll: { ...this.poll, slots, results } }).finish();
      const head = Buffer.alloc(this.prefix + 12, this.prefix);
      head.writeBigUInt64BE(BigInt(4 + body.length), this.prefix);
      head.writeUInt32BE(2 ** 31 + (this.requests++ % 2 ** 31), this.prefix + 8);
      this.socket.write(Buffer.concat([head, body]));
    }
  }
}
