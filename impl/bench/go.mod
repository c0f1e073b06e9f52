module casalloc/impl/bench

go 1.26.0

require casalloc v0.0.0

require golang.org/x/sync v0.24.0

replace casalloc => ../..
