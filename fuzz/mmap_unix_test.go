//go:build darwin || dragonfly || freebsd || linux || netbsd

package fuzz

import "casalloc/impl"

func init() { newMmap = func(most int) impl.Rounder { return impl.NewMmap(most) } }
