-- Sorts records by several orders, checks each, and joins them with a merge sort of its own.
local seed = 42
local function random(n)
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed // 65536 % n + 1
end

local function mergesort(a, less)
  if #a < 2 then return a end
  local m = #a // 2
  local l = mergesort(table.move(a, 1, m, 1, {}), less)
  local r = mergesort(table.move(a, m + 1, #a, 1, {}), less)
  local out, i, j = {}, 1, 1
  while i <= #l and j <= #r do
    if less(r[j], l[i]) then
      out[#out + 1] = r[j]
      j = j + 1
    else
      out[#out + 1] = l[i]
      i = i + 1
    end
  end
  table.move(l, i, #l, #out + 1, out)
  table.move(r, j, #r, #out + 1, out)
  return out
end

local rounds = tonumber(arg[1]) or 5
local sum = 0
for _ = 1, rounds do
  local a = {}
  for i = 1, 400 do a[i] = { key = random(1000), name = "n" .. random(100), at = i } end
  local byName = function(x, y)
    if x.name ~= y.name then return x.name < y.name end
    return x.at < y.at
  end
  local b = mergesort(a, byName)
  table.sort(a, byName)
  for i = 1, #a do assert(a[i] == b[i]) end
  table.sort(a, function(x, y) return x.key > y.key end)
  for i = 2, #a do assert(a[i - 1].key >= a[i].key) end
  sum = sum + b[1].at + a[1].key
end
print("sort", rounds, sum)
