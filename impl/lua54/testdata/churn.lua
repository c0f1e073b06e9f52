-- Nothing but allocations: small tables, dropped at once. arg[1]: how many thousand.
local thousands = tonumber(arg[1]) or 20
for _ = 1, thousands * 1000 do local _ = {} end
print("churn", thousands)
