namespace Dlrm.CommandLine.Bench.Measuring;

/// <summary>What the calls of one operator came to.</summary>
/// <param name="Calls">The calls.</param>
/// <param name="Time">Their time.</param>
/// <param name="MultiplyAdds">Their multiply-adds, 0 when not counted.</param>
/// <param name="Bytes">The bytes that they read and wrote at least, 0 when not counted.</param>
internal readonly record struct OperatorTotals(long Calls, TimeSpan Time, double MultiplyAdds, double Bytes);
