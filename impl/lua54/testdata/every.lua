-- A little of most that allocates, so that each allocation can be made to fail in turn. The script
-- passes on the error. arg[1]: the collector's mode, incremental or generational.
collectgarbage(arg[1] or "generational")

local function reraise(ok, ...)
  if not ok then error((...), 0) end
  return ...
end

-- tables: array and hash part, growing and, by a collection, shrinking
local t = {}
for i = 1, 200 do t[i] = { i } end
for i = 1, 20 do t["k" .. i] = i * 0.5 end
t = nil

-- strings: short, long, buffers of all kinds
local s = ("ab"):rep(300)
s = s:gsub("b", { b = "long replacement" }):upper() .. s
assert(#table.concat({ s, s, ("%s"):format(s) }, ",") == 3 * #s + 2)
assert(#string.pack("s4", s) == #s + 4)
assert(#utf8.char(228, 8364, 0x10ffff) == 9)
for i = 1, 300 do s = "name" .. i end

-- functions: compiling, closures, varargs, a deep stack
local f = reraise(pcall(assert, load("local a, b = ... ; return function() a = a + (b or 1) return {a, b} end", "=f")))
for i = 1, 20 do assert(f(i, 2)()[1] == i + 2) end
local function deep(n) return n == 0 and 0 or 1 + deep(n - 1) end
assert(deep(150) == 150)
assert(select("#", table.unpack({}, 1, 200)) == 200)

-- coroutines, one of them dead of an error
for i = 1, 8 do
  local co = coroutine.wrap(function(x) for j = 1, 3 do x = coroutine.yield(x .. j) end end)
  co("a")
  co("b")
end
local co = coroutine.create(function() error { code = 7 } end)
local _, e = coroutine.resume(co)
if type(e) == "string" then error(e, 0) end
assert(e.code == 7)

-- errors with handlers, tracebacks, to-be-closed variables
local closed = 0
local ok, msg = xpcall(function()
  local _ <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
  error("expected")
end, function(m) return debug.traceback(m) end)
if not msg:find("expected") then error(msg, 0) end
assert(not ok and closed == 1)

-- userdata, finalizers, weak tables, generations
local weak = setmetatable({}, { __mode = "k" })
for i = 1, 20 do weak[setmetatable({}, { __gc = function() local _ = { i } end })] = i end
collectgarbage()
for i = 1, 200 do local _ = { tostring(i), { i } } end
table.sort({ 3, 1, 2 }, function(a, b) return a < b end)
print("every", os.date("!%Y", 0), math.type(1))
