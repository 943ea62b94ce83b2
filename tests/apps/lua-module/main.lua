package.cpath = "./?.so"
local mean = require("mean")
local words = require("words")
print(words.mean, mean(table.unpack(arg)))
