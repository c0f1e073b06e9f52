-- Builds strings with .., table.concat, format, rep, gsub with a function,
-- string buffers.
local rounds = tonumber(arg[1]) or 30
local sum = 0
for round = 1, rounds do
  local s = ""
  for i = 1, 200 do s = s .. string.char(97 + (i * round) % 26) end
  local parts = {}
  for w in s:gmatch("%a%a%a") do parts[#parts + 1] = w:upper() end
  local text = table.concat(parts, "-")
  text = text:gsub("%u", function(c) return "<" .. c:lower() .. ">" end)
  text = text:rep(1 + round % 7, "\n"):reverse()
  local line = ("%5d|%-8s|%q|%08.3f"):format(round, s:sub(1, 5), "\0\n", round / 3)
  sum = (sum * 31 + #text + #line + text:byte(-1)) % 1000003
end
io.write("strings ", rounds, " ", sum, "\n")
