//go:build cstock

package impl

import "casalloc/impl/internal/cstock"

func fits(slack, floor, n int64) bool { return cstock.Fits(slack, floor, n) }
func keeps(slack, top, n int64) bool  { return cstock.Keeps(slack, top, n) }
