-- Eats all memory there is, by blocks each 8 times as large as the last: what it cannot get it never held, so most of the
-- limit is left to the others when it dies.
local s = ("x"):rep(1 << 17)
while true do s = s:rep(8) end
