// Print a file of YAML as JSON: yaml.js FILE.
"use strict";

const fs = require("fs");
const { parseYaml } = require("@redocly/openapi-core");

process.stdout.write(JSON.stringify(parseYaml(fs.readFileSync(process.argv[2], "utf8"))));
