# Thin on purpose: each target is one line, its work is done by notebooks/workbook (on Windows: py notebooks\workbook help).
PYTHON ?= python3
WORKBOOK = @command -v "$(PYTHON)" >/dev/null || { echo "Python is missing: install Python 3.11 or newer, then try again."; exit 1; }; exec "$(PYTHON)" notebooks/workbook

.PHONY: help notebooks progress test contract bench scoreboard conformance record exam peer take-home book attacks asvs mutate right-answers browser lint pins lessons
help:       ; $(WORKBOOK) help
notebooks:  ; $(WORKBOOK) notebooks
step-%:     ; $(WORKBOOK) step $*
start-%:    ; $(WORKBOOK) start $*
check-%:    ; $(WORKBOOK) check $*
watch-%:    ; $(WORKBOOK) watch $*
hint-%:     ; $(WORKBOOK) hint $*
diff-%:     ; $(WORKBOOK) diff $*
solve-%:    ; $(WORKBOOK) solve $*
reset-%:    ; $(WORKBOOK) reset $*
progress:   ; $(WORKBOOK) progress
test:       ; $(WORKBOOK) test
test-%:     ; $(WORKBOOK) test $*
contract:   ; $(WORKBOOK) contract
bench:      ; $(WORKBOOK) bench
scoreboard: ; $(WORKBOOK) scoreboard
conformance: ; $(WORKBOOK) conformance
record:     ; $(WORKBOOK) record
exam:       ; $(WORKBOOK) exam
peer:       ; $(WORKBOOK) peer
take-home:  ; $(WORKBOOK) take-home
book:       ; $(WORKBOOK) book
attacks:    ; $(WORKBOOK) attacks
asvs:       ; $(WORKBOOK) asvs
mutate:     ; $(WORKBOOK) mutate
mutate-%:   ; $(WORKBOOK) mutate $*
right-answers: ; $(WORKBOOK) right-answers
browser:    ; $(WORKBOOK) browser
lint:       ; $(WORKBOOK) lint
pins:       ; $(WORKBOOK) pins
lessons:    ; $(WORKBOOK) lessons
