using System.Diagnostics;

namespace Dlrm.Tools.Tests.Support;

/// <summary>A disk of a given size that is gone after the test; skips the test where mounting is not permitted.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Initializes a new instance of the <see cref="SmallDisk"/> class.</summary>
    /// <param name="kilobytes">Its size.</param>
    internal SmallDisk(int kilobytes)
    {
        (int code, string said) = OperatingSystem.IsLinux() ? Run("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", _folder.Path) : (1, "not Linux");
        if (code != 0)
        {
            _folder.Dispose();
            Skip.If(true, "A small disk can't be mounted here: " + said);
        }
    }

    /// <summary>Gets its folder.</summary>
    internal string Path => _folder.Path;

    /// <summary>Gets a path on it.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The path.</returns>
    internal string this[string name] => _folder[name];

    /// <inheritdoc/>
    public void Dispose()
    {
        Run("umount", _folder.Path);
        _folder.Dispose();
    }

    /// <summary>Takes all that is left but some.</summary>
    /// <param name="leaveBytes">What stays free, about.</param>
    internal void Fill(int leaveBytes) => File.WriteAllBytes(_folder["fill"], new byte[new DriveInfo(_folder.Path).AvailableFreeSpace - leaveBytes]);

    /// <summary>Makes it read-only.</summary>
    internal void Protect() => Assert.Equal(0, Run("mount", "-o", "remount,ro", _folder.Path).Code);

    /// <summary>Makes it larger or writable again.</summary>
    /// <param name="kilobytes">Its size.</param>
    internal void Resize(int kilobytes) => Assert.Equal(0, Run("mount", "-o", $"remount,rw,size={kilobytes}k", _folder.Path).Code);

    private static (int Code, string Said) Run(string program, params string[] args)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardError = true })!;
            string said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, said.Trim());
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return (1, exception.Message);
        }
    }
}
