//go:build cbudget

package impl

import "casalloc/impl/internal/cbudget"

func grants(word, n int64) bool           { return cbudget.Grants(word, n) }
func keeps(word, base, cap, n int64) bool { return cbudget.Keeps(word, base, cap, n) }
