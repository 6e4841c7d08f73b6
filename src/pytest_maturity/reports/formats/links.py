"""Links from a comment to the lines of the judged commit and to the CI run, by what the CI service says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from ...model.light_dataclass import light_dataclass
from .markup import code

# The variables that GitHub Actions and GitLab CI set.
GITHUB, GITLAB = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"), ("CI_PROJECT_URL", "CI_PIPELINE_URL")


@light_dataclass(frozen=True, slots=True)
class Links:
    """The addresses of a repository: `files` is the address below which its files are, `run` that of the CI run.

    `repository` is its name. All are empty where they are not known; then places are named without a link.
    """

    repository: str = ""
    files: str = ""
    run: str = ""

    def link(self, path: str, line: int | None = None) -> str:
        """Returns Markdown for a place in a file: a link, or its name alone."""
        shown = code(f"{path}:{line}" if line else path)
        if not self.files:
            return shown
        anchor = f"#L{line}" if line else ""
        return f"[{shown}]({self.files}/{quote(path)}{anchor})"


def find_links(environment: Mapping[str, str], commit: str | None) -> Links:
    """Returns the links to a commit on the CI service of this job, by its variables."""
    server, name, run = (environment.get(one, "") for one in GITHUB)
    if is_address(server) and name:
        base = f"{server}/{quote(name)}"
        files = f"{base}/blob/{commit}" if commit else ""
        return Links(name, files, f"{base}/actions/runs/{quote(run)}" if run else "")
    project, pipeline = (environment.get(one, "") for one in GITLAB)
    if is_address(project):
        files = f"{project}/-/blob/{commit}" if commit else ""
        return Links(urlsplit(project).path.strip("/"), files, pipeline if is_address(pipeline) else "")
    return Links()


def is_address(text: str) -> bool:
    """Whether a text is an address that Markdown may link to: of the web, without what would end the link."""
    return text.startswith(("https://", "http://")) and not any(one in text for one in "()<> \t\r\n\"'`|\\")
