-- Classes by metatables: inheritance, operators, __index functions, weak tables, finalizers,
-- to-be-closed variables.
local Vector = {}
Vector.__index = Vector
function Vector.new(x, y) return setmetatable({ x = x, y = y }, Vector) end
function Vector.__add(a, b) return Vector.new(a.x + b.x, a.y + b.y) end
function Vector.__mul(a, k) return Vector.new(a.x * k, a.y * k) end
function Vector.__eq(a, b) return a.x == b.x and a.y == b.y end
function Vector.__tostring(a) return "(" .. a.x .. "," .. a.y .. ")" end
function Vector.__concat(a, b) return tostring(a) .. tostring(b) end

local Shape = setmetatable({}, { __call = function(class, ...)
  local o = setmetatable({}, class)
  o:init(...)
  return o
end })
Shape.__index = Shape
function Shape:init(at) self.at = at end
local Disc = setmetatable({}, getmetatable(Shape))
Disc.__index = function(_, k) return rawget(Disc, k) or Shape[k] end
function Disc:init(at, r)
  Shape.init(self, at)
  self.r = r
end

local rounds = tonumber(arg[1]) or 10
local finalized, closed, names = 0, 0, 0
local cache = setmetatable({}, { __mode = "v" })
for round = 1, rounds do
  local sum = Vector.new(0, 0)
  for i = 1, 100 do
    local d = Disc(Vector.new(i, round) * 2, i)
    sum = sum + d.at
    cache[i] = d
    local _ <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
    if i % 10 == 0 then
      setmetatable({}, { __gc = function() finalized = finalized + 1 end })
      names = names + #(d.at .. sum)
    end
  end
  assert(sum == Vector.new(10100, 200 * round))
  if round % 5 == 0 then collectgarbage() end
end
collectgarbage()
collectgarbage()
assert(next(cache) == nil)
print("objects", rounds, finalized, closed, names)
