"""Turns invoices into HTML, and into PDF with wkhtmltopdf."""

import html
import os
import subprocess
import tempfile

ROW = "<tr><td>{}</td><td>{}</td><td>{:.2f}</td></tr>"
PAGE = "<h1>Invoice {}</h1><p>{}</p><table>{}</table><p>Total {:.2f}, due {}</p>"


def to_html(invoice) -> str:
    rows = [ROW.format(html.escape(line.text), line.quantity, line.net) for line in invoice.lines]
    for rate, amount in sorted(invoice.taxes().items()):
        rows.append(ROW.format(f"Tax ({rate})", "", amount))
    return PAGE.format(
        invoice.number,
        html.escape(invoice.customer),
        "".join(rows),
        invoice.gross(),
        invoice.due,
    )


def to_pdf(invoice, folder, program="wkhtmltopdf"):
    """Writes the PDF file and returns its path."""
    target = os.path.join(folder, invoice.number + ".pdf")
    with tempfile.NamedTemporaryFile("w", suffix=".html", delete=False) as page:
        page.write(to_html(invoice))
    code = subprocess.call(f"{program} --quiet {page.name} {target}", shell=True)
    os.unlink(page.name)
    if code != 0:
        raise RuntimeError(f"{program} ended with code {code}")
    return target


def send_to_printer(path: str, printer: str | None = None, copies: int = 1):
    command = f"lp -n {copies}"
    if printer:
        command += " -d " + printer
    return subprocess.call(command + " " + path, shell=True) == 0


def export_all(invoices, folder):
    done, failed = [], []
    for invoice in invoices:
        try:
            done.append(to_pdf(invoice, folder))
        except RuntimeError as error:
            failed.append((invoice.number, str(error)))
    return done, failed
