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

  /// The files of several pages.
  public static let shared = [
    PageFile("api.js", PackageResources.api_js),
    PageFile("base.css", PackageResources.base_css),
    PageFile("condition.js", PackageResources.condition_js),
    PageFile("dom.js", PackageResources.dom_js),
    PageFile("drawer.css", PackageResources.drawer_css),
    PageFile("drawer.js", PackageResources.drawer_js),
    PageFile("event-stream.js", PackageResources.event_stream_js),
    PageFile("event-table.js", PackageResources.event_table_js),
    PageFile("format.js", PackageResources.format_js),
    PageFile("icon.svg", PackageResources.icon_svg),
    PageFile("json.js", PackageResources.json_js),
    PageFile("links.js", PackageResources.links_js),
    PageFile("list-page.js", PackageResources.list_page_js),
    PageFile("lists.css", PackageResources.lists_css),
    PageFile("names.js", PackageResources.names_js),
    PageFile("page.js", PackageResources.page_js),
    PageFile("poll.js", PackageResources.poll_js),
    PageFile("raw-bytes.js", PackageResources.raw_bytes_js),
    PageFile("reasons.js", PackageResources.reasons_js),
    PageFile("search-words.js", PackageResources.search_words_js),
    PageFile("search.js", PackageResources.search_js),
    PageFile("section.js", PackageResources.section_js),
    PageFile("sign-in.js", PackageResources.sign_in_js),
    PageFile("suggest.js", PackageResources.suggest_js),
    PageFile("table.css", PackageResources.table_css),
    PageFile("theme.js", PackageResources.theme_js),
    PageFile("times.js", PackageResources.times_js),
  ]

  /// The files of the dashboard; `dashboard.html` is its document.
  public static let dashboard = [
    PageFile("chart.css", PackageResources.chart_css),
    PageFile("chart.js", PackageResources.chart_js),
    PageFile("charts.js", PackageResources.charts_js),
    PageFile("dashboard.css", PackageResources.dashboard_css),
    PageFile("dashboard.html", PackageResources.dashboard_html),
    PageFile("dashboard.js", PackageResources.dashboard_js),
    PageFile("dead-card.js", PackageResources.dead_card_js),
    PageFile("exposition.js", PackageResources.exposition_js),
    PageFile("first-event-examples.js", PackageResources.first_event_examples_js),
    PageFile("first-event.js", PackageResources.first_event_js),
    PageFile("history.js", PackageResources.history_js),
    PageFile("pipeline.js", PackageResources.pipeline_js),
    PageFile("producers-card.js", PackageResources.producers_card_js),
    PageFile("scale.js", PackageResources.scale_js),
    PageFile("tail.js", PackageResources.tail_js),
    PageFile("timeline.js", PackageResources.timeline_js),
    PageFile("topics-card.js", PackageResources.topics_card_js),
    PageFile("totals.js", PackageResources.totals_js),
  ]

  /// The files of the explorer; `explore.html` is its document.
  public static let explore = [
    PageFile("counting.js", PackageResources.counting_js),
    PageFile("download.js", PackageResources.download_js),
    PageFile("event-view.js", PackageResources.event_view_js),
    PageFile("explore.css", PackageResources.explore_css),
    PageFile("explore.html", PackageResources.explore_html),
    PageFile("explore.js", PackageResources.explore_js),
    PageFile("facets.js", PackageResources.facets_js),
    PageFile("filter-bar.js", PackageResources.filter_bar_js),
    PageFile("histogram.js", PackageResources.histogram_js),
    PageFile("interval.js", PackageResources.interval_js),
    PageFile("results.js", PackageResources.results_js),
    PageFile("state.js", PackageResources.state_js),
    PageFile("topic-list.js", PackageResources.topic_list_js),
  ]

  /// The files of the page of producers; `producers.html` is its document.
  public static let producers = [
    PageFile("producers.html", PackageResources.producers_html),
    PageFile("producers.js", PackageResources.producers_js),
  ]

  /// The files of the page of dead events; `dead.html` is its document.
  public static let dead = [
    PageFile("dead-view.js", PackageResources.dead_view_js),
    PageFile("dead.html", PackageResources.dead_html),
    PageFile("dead.js", PackageResources.dead_js),
    PageFile("mending.js", PackageResources.mending_js),
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

  /// All files.
  public static let all = shared + dashboard + explore + producers + dead + docs
}
