-- State 1 is a bomb, the others work.
if arg.state == 1 then
  local s = ("x"):rep(1 << 17)
  while true do s = s:rep(8) end
end
local t = {}
for i = 1, 5000 do t[i] = "guest " .. i % 97 .. " of state " .. arg.state end
table.sort(t)
print("state", arg.state, #t, t[1])
