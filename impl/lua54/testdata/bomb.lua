-- Asks for strings, each 8 times as long as the last, until it is refused. It never holds what was
-- refused, so most of the limit is left to the others when it dies.
local s = ("x"):rep(1 << 17)
while true do s = s:rep(8) end
