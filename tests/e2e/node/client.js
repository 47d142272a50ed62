// The field's own client library, unchanged but for the host that it speaks to.
"use strict";

const twilio = require("twilio");
const RequestClient = require("twilio/lib/base/RequestClient");

const HOST = "https://api.twilio.com";

/** The library's own HTTP client; only the host of each URL is another. */
class Elsewhere extends RequestClient {
  constructor(base) {
    super();
    this.base = base;
  }

  request(options) {
    if (!options.uri.startsWith(HOST + "/")) throw new Error(`unexpected host: ${options.uri}`);
    return super.request({ ...options, uri: this.base + options.uri.slice(HOST.length) });
  }
}

/** A client of the server at @base; `client.httpClient.base` may change when it moves. */
function connect(base, account = process.env.ACCOUNT_SID, token = process.env.AUTH_TOKEN) {
  return twilio(account, token, { httpClient: new Elsewhere(base) });
}

module.exports = { connect };
