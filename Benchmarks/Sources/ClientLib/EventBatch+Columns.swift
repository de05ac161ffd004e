extension EventBatch {
  /// The columns of a batch that is not published; there is at least one event.
  public consuming func columns() -> [UInt8] {
    finish(sparing: SpareBuilders())
  }
}
