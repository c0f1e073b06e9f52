module casalloc/ci/pages

go 1.26.0

require (
	github.com/yuin/goldmark v1.8.7
	mvdan.cc/sh/v3 v3.14.1
)
