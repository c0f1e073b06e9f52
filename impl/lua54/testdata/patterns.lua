-- Parses log lines and a small template language with Lua patterns; counts words.
local template = "Dear $name,\n  your ${item} of %d{2}/%d{2} costs $$[price].\n"

local function expand(text, env)
  text = text:gsub("%${?(%a+)}?", env)
  return (text:gsub("%[(%a+)%]", function(k) return tostring(env[k]) end))
end

local rounds = tonumber(arg[1]) or 10
local hits, words = 0, {}
for round = 1, rounds do
  local log = {}
  for i = 1, 100 do
    log[i] = ('10.0.%d.%d - - [%02d/Oct/2024] "GET /path/%d?q=%s HTTP/1.1" %d %d')
      :format(round % 256, i, i % 28 + 1, i, ("x"):rep(i % 9), i % 7 == 0 and 404 or 200, i * 13)
  end
  for line in (table.concat(log, "\n") .. "\n"):gmatch("(.-)\n") do
    local ip, day, method, path, query, status =
      line:match('^(%d+%.%d+%.%d+%.%d+) .- %[(%d+)/.-%] "(%u+) (/[^? ]*)%??(%S*) .-" (%d+)')
    assert(ip and method == "GET" and tonumber(day) and query:find("^q=x*$"))
    if status == "404" then hits = hits + #path end
    for w in line:gmatch("%f[%a]%a+") do words[w] = (words[w] or 0) + 1 end
  end
  local letter = expand(template, { name = "Ann " .. round, item = "book", price = round * 1.5 })
  assert(letter:find("Ann " .. round, 1, true))
end
print("patterns", rounds, hits, words.GET, words.Oct)
