-- Nothing but allocations.
for _ = 1, 20000 do local _ = {} end
