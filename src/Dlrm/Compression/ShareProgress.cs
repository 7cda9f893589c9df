namespace Dlrm.Compression;

/// <summary>Passes a share of work on, on the thread that reports it; <see cref="Progress{T}"/> would use another.</summary>
/// <param name="report">Receives it.</param>
internal sealed class ShareProgress(Action<double> report) : IProgress<double>
{
    /// <inheritdoc/>
    public void Report(double value) => report(value);
}
