const assert = require("node:assert");

it("is an application", () => assert.equal(typeof require("../board"), "function"));
