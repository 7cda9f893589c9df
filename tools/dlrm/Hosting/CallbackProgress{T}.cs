namespace Dlrm.CommandLine.Hosting;

/// <summary>Passes reports on at once, on the thread that reports.</summary>
/// <typeparam name="T">The report.</typeparam>
/// <param name="callback">Receives it.</param>
internal sealed class CallbackProgress<T>(Action<T> callback) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => callback(value);
}
