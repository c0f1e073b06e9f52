module casalloc/impl/wazero

go 1.26

require (
	casalloc v0.0.0
	github.com/tetratelabs/wazero v1.12.0
)

require golang.org/x/sys v0.44.0 // indirect

replace casalloc => ../..
