//go:build interleave

package impl

import "casalloc/impl/internal/cstock"

// In this build C cannot own an account: its atomics are answered by whoever is attached.
func init() { cstock.Of = func(any) *cstock.Stock { return nil } }
