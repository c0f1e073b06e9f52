package tla

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var bytesOf = regexp.MustCompile(`bytes \|-> (\d+)`)

// Follow lets TLC follow runs of a program by module Follow of dir, all in one run, with the
// configuration of a case of Scenario whose program is Ran. ran is the definition of that. A run is
// the view of its first state in TLA+, then for each step what it changes. Follow returns how many
// states of each run TLC reached. An error says nothing of any run.
func (t TLC) Follow(ctx context.Context, dir fs.FS, ran, cfg string, runs [][]string) ([]int, error) {
	batches := make(map[string]bool) // how many bytes a step takes or brings is for the code to say
	for _, r := range runs {
		for _, n := range bytesOf.FindAllStringSubmatch(strings.Join(r, ""), -1) {
			batches[n[1]] = true
		}
	}
	cfg = strings.NewReplacer("<- ProgramBatches", "= {"+strings.Join(slices.Sorted(maps.Keys(batches)), ", ")+"}",
		"ScenarioSpec", "FollowSpec\nINVARIANT Reached", "PROPERTY OfBudgetTree", "", "Trims = FALSE", "Trims = TRUE",
		"Hopeless = FALSE", "Hopeless = TRUE").Replace(cfg)
	var texts []string
	for _, r := range runs {
		texts = append(texts, "<<"+strings.Join(r, ",\n")+">>")
	}
	module := fmt.Sprintf("---- MODULE Traces ----\nEXTENDS Scenario, TLC\n%s\nTraces == <<\n%s>>\n====\n", ran,
		strings.Join(texts, ",\n\n"))
	printed, _, err := t.print(ctx, dir, "Follow", cfg, map[string]string{"Traces.tla": module})
	if err != nil {
		return nil, err
	}
	reached := make([]int, len(runs))
	for _, line := range printed {
		var k, i int
		if _, err := fmt.Sscanf(line, `<<"reached", %d, %d>>`, &k, &i); err != nil || k < 1 || k > len(runs) {
			return nil, fmt.Errorf("module Follow printed %q", line)
		}
		reached[k-1] = max(reached[k-1], i)
	}
	return reached, nil
}
