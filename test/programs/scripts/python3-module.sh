# One of CPython's own test modules (and options of its test runner): every test that did not pass, and how many did.
cd /tmp; python3 -m test --junit-xml /tmp/result.xml "$@" > /tmp/log 2>&1 < /dev/null
python3 - <<'P'
from xml.etree import ElementTree
counts = {}
for case in ElementTree.parse('/tmp/result.xml').iter('testcase'):
    outcome = next((child.tag for child in case if child.tag in ('skipped', 'failure', 'error')), case.get('result', 'ok'))
    counts[outcome] = counts.get(outcome, 0) + 1
    if outcome != 'completed': print(case.get('name'), outcome)
print(sorted(counts.items()))
P
