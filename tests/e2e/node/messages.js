// What users of the client library do, one scenario a run: node messages.js NAME.
// SAGA_SERVER, ACCOUNT_SID and AUTH_TOKEN say where; an assertion that fails is the exit code.
"use strict";

const assert = require("node:assert/strict");
const readline = require("node:readline");
const { connect } = require("./client");

const SERVER = process.env.SAGA_SERVER;
const TO = "+15005550010";
const FROM = "+15005550006";
const client = connect(SERVER);

const MISSING = 20503; // On a slow machine a service can be late: then the API says to try again.
let missed = 0;

/** Do it until no service was late. */
async function patiently(attempt) {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (error.code !== MISSING || missed++ > 500) throw error;
    }
  }
}

const create = (fields) =>
  patiently(() => client.messages.create({ to: TO, from: FROM, body: "x", ...fields }));

/** An error of the API: status, code, a sentence, and a page that says more. */
async function expectError(promise, status, code) {
  const error = await promise.then(() => null, (reason) => reason);
  assert.ok(error, `${code} was expected`);
  assert.equal(error.status, status, String(error.stack));
  assert.equal(error.code, code);
  assert.ok(error.message.length > 0);
  const page = await (await fetch(new URL(error.moreInfo, SERVER))).text();
  assert.match(page, new RegExp(`\\b${code}\\b`));
}

const BODIES = [
  "Hello",
  "Grüße, ça va? + & = % # ;",
  "你好，世界",
  "👩‍👩‍👧‍👦 family, and a flag 🇺🇦",
  "two\nlines\tand a tab, \"quoted\" \\ ",
  "ن\u200fr\u0301 combining, right to left: שלום",
];

async function create_and_fetch() {
  for (const body of BODIES) {
    const message = await create({ body });
    assert.match(message.sid, /^SM[0-9a-f]{32}$/);
    assert.equal(message.body, body);
    assert.equal(message.accountSid, process.env.ACCOUNT_SID);
    assert.equal(message.direction, "outbound-api");
    assert.match(message.status, /^(accepted|queued)$/);
    assert.equal(message.errorCode, null);
    assert.equal(message.numMedia, "0");
    assert.equal(message.dateSent, null);
    assert.ok(Math.abs(message.dateCreated - new Date()) < 3600_000, message.dateCreated);
    const fetched = await client.messages(message.sid).fetch();
    assert.equal(fetched.body, body);
    assert.equal(fetched.sid, message.sid);
    assert.equal(fetched.to, TO);
    assert.equal((await fetched.fetch()).sid, message.sid);
  }
}

async function every_parameter_of_a_message() {
  const message = await create({
    from: undefined,
    messagingServiceSid: "MG" + process.env.ACCOUNT_SID.slice(2),
    body: "with media",
    mediaUrl: ["https://example.org/a.png?x=1&y=2", "https://example.org/b.png"],
    statusCallback: "https://example.org/status?order=1",
    validityPeriod: 36000,
    provideFeedback: true,
    attempt: 1,
  });
  assert.equal(message.numMedia, "2");
  assert.equal(message.messagingServiceSid, "MG" + process.env.ACCOUNT_SID.slice(2));
  assert.deepEqual(await client.messages(message.sid).media.list(), []);
  console.log(message.sid);
}

async function errors() {
  await expectError(create({ to: "+15005550001" }), 400, 21211);
  await expectError(create({ to: "+15005550002" }), 400, 21612);
  await expectError(create({ to: "+15005550004" }), 400, 21610);
  await expectError(create({ to: "+15005550009" }), 400, 21614);
  await expectError(create({ from: "+15005550001" }), 400, 21212);
  await expectError(create({ from: "+15005550007" }), 400, 21606);
  await expectError(create({ from: "+15005550008" }), 429, 21611);
  await expectError(create({ from: undefined }), 400, 21603);
  await expectError(create({ body: undefined }), 400, 21602);
  await expectError(create({ body: "x".repeat(1601) }), 400, 21617);
  await expectError(create({ mediaUrl: ["nowhere"] }), 400, 21620);
  await expectError(create({ mediaUrl: Array(11).fill("https://example.org/") }), 400, 21623);
  await expectError(create({ statusCallback: "nowhere" }), 400, 21609);
  await expectError(create({ messagingServiceSid: "MG1", from: undefined }), 400, 21701);
  await expectError(create({ sendAt: new Date(), scheduleType: "fixed" }), 400, 20400);
  await expectError(client.messages("SM" + "0".repeat(32)).fetch(), 404, 20404);
  await expectError(client.messages("SM1").fetch(), 404, 20404);
  await expectError(client.messages("SM" + "0".repeat(32)).media.list(), 404, 20404);
  await expectError(client.messages.list({ pageSize: 5, to: "1".repeat(70) }), 400, 20400);
  await expectError(client.messages.page({ pageNumber: 3 }), 400, 20400);
}

async function authentication() {
  const sid = process.env.ACCOUNT_SID;
  const other = "AC" + "0".repeat(32);
  for (const stranger of [connect(SERVER, sid, "wrong"), connect(SERVER, other, "wrong")]) {
    const message = { to: TO, from: FROM, body: "x" };
    await expectError(stranger.messages.create(message), 401, 20003);
    await expectError(stranger.messages.list({ limit: 1 }), 401, 20003);
    await expectError(stranger.messages("SM" + "0".repeat(32)).fetch(), 401, 20003);
  }
}

/** Send @count messages, a few at a time. */
async function send(count, fields) {
  const sids = [];
  const sender = async () => {
    while (count-- > 0) {
      const body = `Nr. ${count} – ünïcödé ✓`;
      sids.push((await create({ body, ...fields })).sid);
    }
  };
  await Promise.all(Array.from({ length: 8 }, sender));
  return sids;
}

/** Tell whoever started us, and wait for a line of theirs. */
async function ask(lines, question) {
  console.log(question);
  const { value, done } = await lines.next();
  assert.ok(!done, "nobody answers");
  return value;
}

async function a_thousand_messages_by_fifty_and_a_restart() {
  const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const sids = await send(1000);
  const total = 1000 + missed; // What came too late is listed too, as failed.
  assert.equal(new Set(sids).size, 1000);

  let page = await client.messages.page({ pageSize: 50 });
  const seen = [];
  let pages = 0;
  const backwards = [];
  for (; page; page = await page.nextPage()) {
    pages++;
    assert.equal(page.instances.length, Math.min(50, total - seen.length));
    assert.equal(Boolean(page.previousPageUrl), pages > 1);
    seen.push(...page.instances.map((message) => message.sid));
    for (const message of page.instances) assert.match(message.body, /^Nr\. \d+ – ünïcödé ✓$/);
    if (pages === 7) {
      client.httpClient.base = await ask(lines, "restart");
      await send(3); // What comes in between moves no page.
    }
    if (page.previousPageUrl) backwards.push(page);
  }
  assert.equal(pages, Math.ceil(total / 50));
  assert.equal(seen.length, total);
  assert.deepEqual(sids.filter((sid) => !seen.includes(sid)), []);
  assert.deepEqual(seen, [...seen].sort().reverse(), "newest first");

  // Back from the last page to the first: the same pages.
  page = await backwards.at(-1).previousPage();
  for (let at = pages - 1; at >= 1; at--) {
    assert.deepEqual(page.instances.map((message) => message.sid), seen.slice(at * 50 - 50, at * 50));
    page = await page.previousPage();
  }
  assert.equal(page.instances.length, 1003 + missed - total);
  assert.equal(page.previousPageUrl, undefined);

  assert.equal((await client.messages.list({ limit: 120, pageSize: 50 })).length, 120);
  assert.equal((await client.messages.list({ limit: 1000 })).length, 1000);
  let each = 0;
  await new Promise((resolve, reject) => {
    client.messages.each({ pageSize: 400, done: (error) => (error ? reject(error) : resolve()) },
      () => each++);
  });
  assert.equal(each, 1003 + missed);
}

async function filters() {
  const second = 1000;
  const before = new Date();
  const other = "+15005550011";
  await send(5);
  const wanted = await send(3, { to: other });
  const sids = (messages) => new Set(messages.map((message) => message.sid));
  const list = async (filter) =>
    (await client.messages.list({ pageSize: 2, ...filter }))
      .filter((message) => message.errorCode !== MISSING);

  assert.deepEqual(sids(await list({ to: other })), new Set(wanted));
  assert.deepEqual(sids(await list({ to: other, from: FROM })), new Set(wanted));
  assert.deepEqual(await list({ to: other, from: "+15005550099" }), []);
  const later = { dateSentAfter: new Date(before - second) };
  assert.deepEqual(sids(await list({ to: other, ...later })), new Set(wanted));
  assert.equal((await list(later)).length, 8);
  assert.deepEqual(await list({ dateSentAfter: new Date(Date.now() + 3600 * second) }), []);
  const until = { dateSentBefore: new Date(Date.now() + second) };
  assert.equal((await list({ ...until, ...later })).length, 8);
  assert.deepEqual(await list({ dateSentBefore: new Date(before - 3600 * second) }), []);
  const days = await Promise.all([before, new Date()].map((dateSent) => list({ dateSent })));
  assert.equal(sids(days.flat()).size, 8);
  assert.deepEqual(await list({ dateSent: new Date(Date.UTC(2020, 1, 2)) }), []);
}

const scenarios = {
  create_and_fetch,
  every_parameter_of_a_message,
  errors,
  authentication,
  a_thousand_messages_by_fifty_and_a_restart,
  filters,
};

scenarios[process.argv[2]]().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
