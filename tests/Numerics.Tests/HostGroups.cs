namespace Dlrm.Numerics.Tests;

/// <summary>Groups one-hot bags on the host, so that tests of operators do not need <see cref="IDevice.GroupRows"/>.</summary>
internal static class HostGroups
{
    /// <summary>Groups rows; only what row operators read is filled.</summary>
    /// <param name="device">The device.</param>
    /// <param name="rows">The rows of a batch, repeated or not, in any order.</param>
    /// <returns>The groups.</returns>
    internal static RowGroups Of(IDevice device, params IEnumerable<long> rows)
    {
        long[] all = [.. rows];
        long[] unique = [.. all.Distinct().Order()];
        RowGroups groups = new(device);
        groups.Resize(all.Length, all.Length, isWeighted: false);
        groups.UniqueRows.CopyFrom(unique);
        groups.UniqueCount = unique.Length;
        return groups;
    }
}
