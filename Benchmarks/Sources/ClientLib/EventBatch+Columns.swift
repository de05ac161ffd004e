extension EventBatch {
  /// The columns of a batch that is not published. The batch has at least one event.
  public consuming func columns() -> [UInt8] {
    finish(recycling: BuilderPool(), for: nil)[0].columns
  }
}
