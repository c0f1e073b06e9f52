package readme

import (
	"slices"
	"strings"
)

// A command is one program that a line of shell starts: its words without their quotes, and the
// files that the shell itself writes for it.
type command struct{ words, writes []string }

// commands takes a line of shell apart, at pipes and semicolons too.
func commands(line string) []command {
	var all []command
	var now command
	next := func() {
		if now.words = bare(now.words); len(now.words) > 0 {
			all = append(all, now)
		}
		now = command{}
	}
	for writes := false; ; {
		line = strings.TrimLeft(line, " \t")
		if line == "" || line[0] == '#' {
			next()
			return all
		}
		if n := len(line) - len(strings.TrimLeft(line, "|;&()")); n > 0 {
			next()
			line = line[n:]
			continue
		}
		if n := len(line) - len(strings.TrimLeft(line, "<>")); n > 0 {
			writes = line[0] == '>'
			line = strings.TrimPrefix(line[n:], "&")
			continue
		}
		var word string
		word, line = cutWord(line)
		if writes {
			now.writes = append(now.writes, word)
		} else if !isStream(word, line) {
			now.words = append(now.words, word)
		}
		writes = false
	}
}

// isStream: the 2 of 2>file is no word of the command.
func isStream(word, rest string) bool {
	return len(word) == 1 && word[0] >= '0' && word[0] <= '9' && strings.HasPrefix(rest, ">")
}

// cutWord returns the first word without its quotes, and what follows it.
func cutWord(line string) (word, rest string) {
	var b strings.Builder
	var quote byte
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == '\\' && quote != '\'' && i+1 < len(line):
			i++
			b.WriteByte(line[i])
		case quote == 0 && strings.IndexByte(" \t|;&()<>", c) >= 0:
			return b.String(), line[i:]
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

// bare drops what stands before the program: words of the shell's own, and variables.
func bare(words []string) []string {
	before := strings.Fields("$ do then else if while time env sudo done fi")
	for len(words) > 0 {
		name, _, assigns := strings.Cut(words[0], "=")
		if !slices.Contains(before, words[0]) && !(assigns && strings.ToUpper(name) == name) {
			break
		}
		words = words[1:]
	}
	return words
}
