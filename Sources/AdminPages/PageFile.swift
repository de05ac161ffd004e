/// A file of the web pages in the folder `Pages`.
public struct PageFile: Sendable {
  /// The name of the file, which is unique over all folders.
  public let name: String
  /// The content: text in UTF-8.
  public let bytes: [UInt8]

  init(_ name: String, _ bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// The files of both pages.
  public static let shared = [
    PageFile("api.js", PackageResources.api_js),
    PageFile("base.css", PackageResources.base_css),
    PageFile("dom.js", PackageResources.dom_js),
    PageFile("format.js", PackageResources.format_js),
    PageFile("icon.svg", PackageResources.icon_svg),
    PageFile("json.js", PackageResources.json_js),
    PageFile("poll.js", PackageResources.poll_js),
    PageFile("sign-in.js", PackageResources.sign_in_js),
    PageFile("table.css", PackageResources.table_css),
    PageFile("theme.js", PackageResources.theme_js),
  ]

  /// The files of the dashboard; `dashboard.html` is its document.
  public static let dashboard = [
    PageFile("chart.css", PackageResources.chart_css),
    PageFile("chart.js", PackageResources.chart_js),
    PageFile("condition.js", PackageResources.condition_js),
    PageFile("dashboard.css", PackageResources.dashboard_css),
    PageFile("dashboard.html", PackageResources.dashboard_html),
    PageFile("dashboard.js", PackageResources.dashboard_js),
    PageFile("dead.js", PackageResources.dead_js),
    PageFile("event-stream.js", PackageResources.event_stream_js),
    PageFile("event-table.js", PackageResources.event_table_js),
    PageFile("exposition.js", PackageResources.exposition_js),
    PageFile("history.js", PackageResources.history_js),
    PageFile("pipeline.js", PackageResources.pipeline_js),
    PageFile("producers.js", PackageResources.producers_js),
    PageFile("scale.js", PackageResources.scale_js),
    PageFile("section.js", PackageResources.section_js),
    PageFile("tail.js", PackageResources.tail_js),
    PageFile("topics.js", PackageResources.topics_js),
    PageFile("totals.js", PackageResources.totals_js),
  ]

  /// The files of the API page; `docs.html` is its document.
  public static let docs = [
    PageFile("docs.css", PackageResources.docs_css),
    PageFile("docs.html", PackageResources.docs_html),
    PageFile("docs.js", PackageResources.docs_js),
    PageFile("openapi.js", PackageResources.openapi_js),
    PageFile("operation-view.js", PackageResources.operation_view_js),
    PageFile("prose.js", PackageResources.prose_js),
    PageFile("schema-view.js", PackageResources.schema_view_js),
    PageFile("try-it.js", PackageResources.try_it_js),
  ]
}
