namespace Dlrm.Distributed;

/// <summary>What the environment says of the MPI launcher that started this process.</summary>
/// <param name="Family">The launcher's family.</param>
/// <param name="WorldSize">The number of processes that it started.</param>
/// <param name="Rank">The number of this one.</param>
/// <param name="Libraries">Where to look for its library, in this order.</param>
public sealed record MpiLaunch(string Family, int WorldSize, int Rank, IReadOnlyList<string> Libraries)
{
    private static readonly (string Family, string Size, string Rank, string[] Libraries)[] Launchers =
    [
        ("Open MPI", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", ["libmpi.so.40", "libmpi.so.80", "libmpi.so"]),
        ("MPICH", "PMI_SIZE", "PMI_RANK", ["libmpich.so.12", "libmpi.so.12", "libmpi_abi.so.0", "libmpich.so", "libmpi.so"]),
        ("MPICH", "MPI_LOCALNRANKS", "MPI_LOCALRANKID", ["libmpich.so.12", "libmpi.so.12", "libmpi_abi.so.0", "libmpich.so", "libmpi.so"]),
    ];

    /// <summary>Reads the environment.</summary>
    /// <param name="variable">Gives an environment variable, or null.</param>
    /// <returns>The launch, or null when no launcher started this process.</returns>
    /// <exception cref="CommunicationException">The launcher's variables are not numbers.</exception>
    public static MpiLaunch? Find(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        foreach ((string family, string size, string rank, string[] libraries) in Launchers)
        {
            if (variable(size) is not string sizeText)
            {
                continue;
            }

            if (!int.TryParse(sizeText, out int worldSize) || worldSize < 1 || !int.TryParse(variable(rank) ?? "0", out int number))
            {
                throw new CommunicationException($"{size} is '{sizeText}' and {rank} is '{variable(rank)}'; a launcher sets both to numbers: unset them to run alone.");
            }

            return new MpiLaunch(family, worldSize, number, variable("DLRM_MPI") is { Length: > 0 } own ? [own] : libraries);
        }

        return null;
    }
}
