-- Closures, upvalues, memoized recursion, varargs, lazy streams.
local function memoize(f)
  local seen = {}
  return function(n)
    local v = seen[n]
    if v == nil then
      v = f(n)
      seen[n] = v
    end
    return v
  end
end

local fib
fib = memoize(function(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end)

local function compose(...)
  local fs = { ... }
  return function(...)
    local r = table.pack(...)
    for i = 1, #fs do r = table.pack(fs[i](table.unpack(r, 1, r.n))) end
    return table.unpack(r, 1, r.n)
  end
end

local function stream(head, tail) return { head = head, tail = tail } end
local function from(n) return stream(n, function() return from(n + 1) end) end
local function filter(s, p)
  while not p(s.head) do s = s.tail() end
  return stream(s.head, function() return filter(s.tail(), p) end)
end
local function sieve(s)
  return stream(s.head, function()
    return sieve(filter(s.tail(), function(n) return n % s.head ~= 0 end))
  end)
end

local rounds = tonumber(arg[1]) or 10
local last, total = 0, 0
for round = 1, rounds do
  local s = sieve(from(2))
  for _ = 1, 60 do
    last = s.head
    s = s.tail()
  end
  local add = compose(function(a, b) return a + b, a end, function(x, y) return x * y, x, y end, math.max)
  total = total + add(round, 3)
end
print("closures", rounds, last, total, fib(80))
