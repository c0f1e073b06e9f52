-- Encodes and decodes nested values as JSON, and compares.
local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t" }

local function encode(v)
  local t = type(v)
  if t == "string" then
    return '"' .. v:gsub('[%c"\\]', escapes) .. '"'
  elseif t == "table" then
    local out = {}
    if #v > 0 then
      for i, x in ipairs(v) do out[i] = encode(x) end
      return "[" .. table.concat(out, ",") .. "]"
    end
    local keys = {}
    for k in pairs(v) do keys[#keys + 1] = k end
    table.sort(keys)
    for i, k in ipairs(keys) do out[i] = encode(k) .. ":" .. encode(v[k]) end
    return "{" .. table.concat(out, ",") .. "}"
  end
  return tostring(v)
end

local decode

local function decodeString(s, i)
  local out = {}
  while true do
    local j = s:find('["\\]', i)
    out[#out + 1] = s:sub(i, j - 1)
    if s:sub(j, j) == '"' then return table.concat(out), j + 1 end
    local c = s:sub(j + 1, j + 1)
    out[#out + 1] = ({ n = "\n", t = "\t" })[c] or c
    i = j + 2
  end
end

local function decodeList(s, i, close, item)
  local out = {}
  while s:sub(i, i) ~= close do
    i = item(out, i)
    if s:sub(i, i) == "," then i = i + 1 end
  end
  return out, i + 1
end

function decode(s, i)
  local c = s:sub(i, i)
  if c == '"' then return decodeString(s, i + 1) end
  if c == "[" then
    return decodeList(s, i + 1, "]", function(out, j)
      out[#out + 1], j = decode(s, j)
      return j
    end)
  elseif c == "{" then
    return decodeList(s, i + 1, "}", function(out, j)
      local k
      k, j = decodeString(s, j + 1)
      out[k], j = decode(s, j + 1)
      return j
    end)
  elseif s:find("^true", i) then return true, i + 4
  elseif s:find("^false", i) then return false, i + 5
  end
  local _, last, number = s:find("^(-?[%d.e+-]+)", i)
  return tonumber(number), last + 1
end

local rounds = tonumber(arg[1]) or 20
local bytes = 0
for round = 1, rounds do
  local users = {}
  for i = 1, 40 do
    users[i] = {
      id = i * round, name = 'user "' .. i .. '"\n', active = i % 3 == 0,
      tags = { "a\\b", "c\td", "tag" .. i }, score = i / 4,
    }
  end
  local text = encode { users = users, round = round }
  local back, last = decode(text, 1)
  assert(last == #text + 1 and encode(back) == text)
  bytes = bytes + #text
end
print("json", rounds, bytes)
