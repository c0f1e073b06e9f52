-- Binary trees: many short-lived ones of every even depth, and one that lives to the end.
-- arg[1]: the largest depth.
local function tree(depth)
  if depth == 0 then return {} end
  return { tree(depth - 1), tree(depth - 1) }
end

local function count(t)
  if not t[1] then return 1 end
  return 1 + count(t[1]) + count(t[2])
end

local deepest = tonumber(arg[1]) or 6
local kept = tree(deepest)
local nodes = 0
for depth = 2, deepest, 2 do
  for _ = 1, 1 << (deepest - depth) do nodes = nodes + count(tree(depth)) end
end
assert(count(kept) == (1 << (deepest + 1)) - 1)
print("trees", deepest, nodes)
