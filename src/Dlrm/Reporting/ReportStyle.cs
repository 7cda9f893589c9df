namespace Dlrm.Reporting;

/// <summary>The look of the report's page; the charts bring their own.</summary>
internal static class ReportStyle
{
    /// <summary>The style sheet.</summary>
    internal const string Page = """
        :root{color-scheme:light dark;--paper:#f5f6f8;--card:#fff;--ink:#1c2430;--soft:#5b6675;--rule:#e1e5ea;--good:#12875a}
        @media(prefers-color-scheme:dark){:root{--paper:#0e1319;--card:#151b23;--ink:#e6eaf0;--soft:#9aa5b4;--rule:#2c3542;--good:#4fd1a0}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        main{max-width:1200px;margin:0 auto;padding:28px 20px 60px}
        h1{font-size:26px;margin:0 0 2px;overflow-wrap:anywhere}h2{font-size:18px;margin:38px 0 4px}h3{font-size:13px;margin:0 0 4px;font-weight:600;overflow-wrap:anywhere}
        p{margin:4px 0 12px;color:var(--soft);max-width:80ch}
        .facts{display:flex;flex-wrap:wrap;gap:2px 22px;margin:0;padding:0;color:var(--soft);list-style:none}.facts b{color:var(--ink);font-weight:600}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:20px 0 0}
        .card{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:12px 14px;min-width:0;margin:0}
        .tile span{display:block;color:var(--soft);font-size:13px}.tile strong{font-size:23px;font-weight:650;font-variant-numeric:tabular-nums}
        .curves{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(460px,100%),1fr));gap:14px}
        .small{display:grid;grid-template-columns:repeat(auto-fill,minmax(215px,1fr));gap:12px}
        .small .values{color:var(--soft);font-size:12px;font-variant-numeric:tabular-nums}
        svg.chart{display:block;width:100%;height:auto}
        .key{display:inline-flex;flex-wrap:wrap;gap:2px 16px;color:var(--soft);font-size:13px;margin:0 0 10px}.key svg{width:22px;height:10px;display:inline-block;margin-right:4px}.key span{white-space:nowrap}
        .wide{overflow-x:auto}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        th,td{text-align:right;padding:6px 10px;border-bottom:1px solid var(--rule);white-space:nowrap}th{color:var(--soft);font-weight:600;font-size:13px}
        tr:last-child td{border-bottom:0}td:first-child,th:first-child,.text{text-align:left}td.text,td:first-child{white-space:normal;overflow-wrap:anywhere;min-width:110px}
        tbody.first tr:first-child td{font-weight:600}
        details{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:10px 14px;margin-top:12px}summary{cursor:pointer;font-weight:600}
        pre{overflow:auto;font:12.5px/1.45 ui-monospace,"DejaVu Sans Mono",monospace;margin:10px 0 0;max-height:560px}
        @media print{body{background:#fff}details{break-inside:auto}.card{break-inside:avoid}}
        """;
}
