package tla

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
)

// Follow lets TLC follow runs of a program by module Follow of dir, all in one run, with the
// configuration of a case of Scenario whose program is Ran. ran is the definition of that. A run is
// the view of its first state in TLA+, then for each step what it changes. Follow returns how many
// states of each run TLC reached. An error says nothing of any run.
func (t TLC) Follow(ctx context.Context, dir fs.FS, ran, cfg string, runs [][]string) ([]int, error) {
	cfg = strings.NewReplacer("ScenarioSpec", "FollowSpec\nINVARIANT Reached", "Trims = FALSE", "Trims = TRUE",
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
