import pytest

from tests.architecture import safety


@pytest.mark.parametrize(
    "rule",
    [
        safety.code_running_formats,
        safety.harmful_calls,
        safety.unused_permissions,
        safety.foreign_hosts,
        safety.fetched_resources,
    ],
    ids=lambda rule: rule.__name__,
)
def test_the_package_keeps_the_rule(repository, rule):
    assert rule(repository) == []


@pytest.mark.parametrize(
    "text",
    ["import pickle\n", "from pickle import loads\n", "def f():\n    import shelve\n"],
)
def test_a_format_that_runs_code_is_found(plant, text):
    assert len(safety.code_running_formats(plant("a.py", text))) == 1


@pytest.mark.parametrize(
    "call",
    [
        "eval(text)",
        "exec(text)",
        "yaml.load(text)",
        "yaml.load(text, Loader=yaml.Loader)",
        "os.system(text)",
        "pd.read_pickle(path)",
        "archive.extractall(target)",
        "archive.extract(member)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=trusted)",
        "subprocess.run(text, shell=True)",
    ],
)
def test_a_harmful_call_is_found(plant, call):
    (found,) = safety.harmful_calls(plant("a.py", f"x = 1\n{call}\n"))
    assert found.startswith("slonana_analysis/a.py:2: ")


@pytest.mark.parametrize(
    "call",
    [
        "yaml.safe_load(text)",
        "archive.extractall(target, filter='data')",
        "np.load(path, allow_pickle=False)",
        "subprocess.run([command], shell=False)",
        "model.eval()",
        "ast.literal_eval(text)",
    ],
)
def test_a_harmless_call_is_not(plant, call):
    assert safety.harmful_calls(plant("a.py", call)) == []


def test_a_permission_holds_for_its_file_and_must_be_used(plant, monkeypatch):
    root = plant("a.py", "exec(text)\n")
    plant("b.py", "exec(text)\n")
    monkeypatch.setattr(safety, "ALLOWED", {("slonana_analysis/a.py", "exec"): "a reason"})
    assert [found.partition(":")[0] for found in safety.harmful_calls(root)] == [
        "slonana_analysis/b.py"
    ]
    assert safety.unused_permissions(root) == []
    plant("a.py", "")
    assert safety.unused_permissions(root) == [
        "slonana_analysis/a.py does not call exec() any more"
    ]


@pytest.mark.parametrize("path", ["Makefile", "requirements.lock", "docs/install.md", "a.toml"])
def test_the_address_of_a_registry_is_found(tmp_path, path):
    host = ".".join(("files", "registry", "invalid"))
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text(f"first\nsee https://{host}/simple\n")
    (found,) = safety.foreign_hosts(tmp_path)
    assert found.startswith(f"{path}:2: ")


@pytest.mark.parametrize(
    "text",
    [
        "<script src='https://example.test/a.js'></script>",
        '<link rel="stylesheet"\n href="//example.test/a.css">',
        "<img alt=x src=http://example.test/a.png>",
        "@import url('https://example.test/font.css');",
        "body { background: url(https://example.test/a.png) }",
        "fetch('https://example.test/data.json')",
    ],
)
def test_what_a_page_would_fetch_is_found(plant, text):
    (found,) = safety.fetched_resources(plant("report/page.html", f"<html>\n{text}"))
    assert found.startswith("slonana_analysis/report/page.html:2: ")


@pytest.mark.parametrize(
    "text",
    [
        '<a href="https://example.test">read more</a>',
        '<script src="figures.js"></script>',
        '<svg xmlns="http://www.w3.org/2000/svg">',
        "body { background: url(data:image/png;base64,AA) }",
    ],
)
def test_links_and_what_lies_beside_the_page_are_not(plant, text):
    assert safety.fetched_resources(plant("report/page.html", text)) == []


@pytest.mark.parametrize("folder", [".venv", "runs", "tests", ".git", "__pycache__"])
def test_what_is_not_the_product_is_not_read(tmp_path, folder):
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "a.html").write_text("<img src=https://example.test/a.png>")
    assert safety.fetched_resources(tmp_path) == []
